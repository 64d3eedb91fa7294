import type { Session } from '@qingpu/contracts/http/session';
import { element } from '../dom.ts';
import { menuIcon } from '../icons.ts';
import { currentEntry, type MenuEntry } from '../remotes/paths.ts';
import type { Chrome } from './chrome.ts';
import { markCurrent } from './phone-layout.ts';

/** The workstation's layout: a side menu by role, a header that says for whom one acts. */
export function deskLayout(menu: readonly MenuEntry[], session: Session, signOut: () => void): Chrome {
  const links = menu.map((entry) => ({
    entry,
    link: element('a', { href: entry.path }, menuIcon(entry.path), element('span', {}, entry.title)),
  }));
  const main = element('main', { id: 'main', tabindex: '-1' });
  const root = element(
    'div',
    { class: 'qs-desk' },
    element('a', { class: 'qs-skip', href: '#main' }, '跳到正文'),
    element(
      'aside',
      { class: 'qs-desk-side' },
      element('a', { class: 'qs-brand', href: '/desk' }, '青浦医防融合平台'),
      element('nav', { 'aria-label': '主菜单' }, ...links.map(({ link }) => link)),
      element('p', { class: 'qs-audit-notice' }, '您的查看和操作会被记录，用于安全审计。'),
    ),
    element('div', { class: 'qs-desk-body' }, deskHeader(session, signOut), main),
  );
  return { root, main, mark: (path) => markCurrent(links, currentEntry(menu, path)) };
}

function deskHeader(session: Session, signOut: () => void): HTMLElement {
  return element(
    'header',
    { class: 'qs-desk-header' },
    element('span', { class: 'qs-desk-institution' }, session.institutionName ?? '青浦区'),
    element('span', { class: 'qs-desk-role' }, session.roleName),
    element('span', { class: 'qs-desk-person' }, session.displayName),
    element('button', { type: 'button', class: 'qs-button qs-small', click: signOut }, '退出登录'),
  );
}
