import { element } from '../dom.ts';
import { menuIcon } from '../icons.ts';
import type { MenuEntry } from '../remotes/paths.ts';

/** The residents' first page: one large tile for everything the modules offer. */
export function portalHome(menu: readonly MenuEntry[], displayName: string | undefined): HTMLElement {
  return element(
    'div',
    { class: 'qs-portal-home' },
    element(
      'div',
      { class: 'qs-portal-hero' },
      element('h1', {}, displayName ? `您好，${displayName}` : '您好，欢迎使用健康青浦'),
      element('p', {}, '在这里查找青浦区的医院、社区卫生服务中心和医生。'),
    ),
    menu.length === 0
      ? element('p', { class: 'qs-place-text' }, '服务正在准备，请稍后再来。')
      : element('nav', { class: 'qs-tiles', 'aria-label': '服务' }, ...menu.map(tile)),
  );
}

function tile(entry: MenuEntry): HTMLElement {
  return element(
    'a',
    { class: 'qs-tile', href: entry.path },
    menuIcon(entry.path),
    element('span', {}, entry.title),
  );
}
