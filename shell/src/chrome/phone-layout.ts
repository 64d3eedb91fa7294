import type { ElderSwitch } from '@qingpu/mfe-kit/elder';
import { element } from '../dom.ts';
import { menuIcon } from '../icons.ts';
import { currentEntry, type MenuEntry } from '../remotes/paths.ts';
import type { Chrome } from './chrome.ts';
import { elderButton } from './elder-button.ts';

/** The bottom bar holds five at most: home, three of the modules, 我的. */
const MODULES_IN_BAR = 3;

/** The residents' layout: a header with the elder switch, unless another app has one; the page; a bottom bar in thumb reach. */
export function phoneLayout(
  modules: readonly MenuEntry[],
  { elder, embedded }: { readonly elder: ElderSwitch; readonly embedded: boolean },
): Chrome {
  const menu: MenuEntry[] = [
    { path: '/portal', title: '首页' },
    ...modules.slice(0, MODULES_IN_BAR),
    { path: '/portal/me', title: '我的' },
  ];
  const links = menu.map((entry) => ({ entry, link: barLink(entry) }));
  const main = element('main', { id: 'main', tabindex: '-1' });
  const root = element(
    'div',
    { class: 'qs-phone' },
    element('a', { class: 'qs-skip', href: '#main' }, '跳到正文'),
    ...(embedded ? [] : [header(elder)]),
    main,
    element('nav', { class: 'qs-phone-bar', 'aria-label': '主菜单' }, ...links.map(({ link }) => link)),
  );
  return { root, main, mark: (path) => markCurrent(links, currentEntry(menu, path)) };
}

function header(elder: ElderSwitch): HTMLElement {
  return element(
    'header',
    { class: 'qs-phone-header' },
    element('a', { class: 'qs-brand', href: '/portal' }, '健康青浦'),
    elderButton(elder),
  );
}

function barLink(entry: MenuEntry): HTMLAnchorElement {
  return element('a', { href: entry.path }, menuIcon(entry.path), element('span', {}, entry.title));
}

/** Marks where the person is, for eyes and for screen readers. */
export function markCurrent(
  links: readonly { readonly entry: MenuEntry; readonly link: HTMLAnchorElement }[],
  current: MenuEntry | undefined,
): void {
  for (const { entry, link } of links) {
    if (entry === current) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}
