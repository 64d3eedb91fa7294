import type { Remote } from '@qingpu/contracts/http/registry';
import { asProblem } from '@qingpu/mfe-kit/api-problem';
import type { ElderSwitch } from '@qingpu/mfe-kit/elder';
import type { Chrome } from './chrome/chrome.ts';
import { deskLayout } from './chrome/desk-layout.ts';
import { phoneLayout } from './chrome/phone-layout.ts';
import type { Toasts } from './chrome/toasts.ts';
import { element } from './dom.ts';
import { mePage } from './pages/me.ts';
import { notePage } from './pages/places.ts';
import { portalHome } from './pages/portal-home.ts';
import { signInPage } from './pages/sign-in.ts';
import { type Layout, menuOf } from './remotes/paths.ts';
import { type Route, routeOf, type ShellPage } from './route.ts';
import { safeReturnPath } from './session/return-path.ts';
import type { CurrentSession } from './session/session.ts';

export interface ShellParts {
  readonly root: HTMLElement;
  readonly remotes: readonly Remote[];
  /** The place of each remote by its name. */
  readonly places: ReadonlyMap<string, HTMLElement>;
  readonly current: CurrentSession;
  readonly elder: ElderSwitch;
  readonly toasts: Toasts;
}

/** Shows what stands at the address: the right layout around a page of the shell or around a remote's place. */
export class Shell {
  readonly #layouts = new Map<Layout | 'bare', Chrome>();
  #shown: string | undefined;

  constructor(private readonly parts: ShellParts) {}

  /** The route at an address; applications become active by this too. */
  routeAt(url: Pick<Location, 'pathname' | 'search'>): Route {
    return routeOf(url.pathname, url.search, this.parts.current.session, this.parts.remotes);
  }

  show(): void {
    const route = this.routeAt(location);
    if (route.kind === 'redirect') {
      history.replaceState({ shell: true }, '', route.to);
      this.show();
      return;
    }
    const layout = route.kind === 'remote' ? route.remote.layout : route.layout;
    const chrome = this.#chrome(layout);
    if (chrome.root.parentElement !== this.parts.root) {
      this.parts.root.replaceChildren(chrome.root, this.parts.toasts.region);
    }
    chrome.mark(location.pathname);
    this.#place(chrome, route);
  }

  #place(chrome: Chrome, route: Exclude<Route, { kind: 'redirect' }>): void {
    const key = route.kind === 'remote' ? route.remote.name : route.page;
    if (key === this.#shown && route.kind === 'remote') return;
    const content =
      route.kind === 'remote' ? this.parts.places.get(route.remote.name) : this.#page(route.page);
    chrome.main.replaceChildren(content ?? '');
    if (route.kind === 'page') document.title = `${PAGE_TITLES[route.page]} · 健康青浦`;
    if (this.#shown !== undefined) this.#arrive(chrome.main);
    this.#shown = key;
  }

  /** After a change of page the reader starts at its top, with eyes and with a screen reader. */
  #arrive(main: HTMLElement): void {
    window.scrollTo(0, 0);
    main.focus({ preventScroll: true });
  }

  #chrome(layout: Layout | 'bare'): Chrome {
    const made = this.#layouts.get(layout) ?? this.#makeChrome(layout);
    this.#layouts.set(layout, made);
    return made;
  }

  #makeChrome(layout: Layout | 'bare'): Chrome {
    const { remotes, current, elder } = this.parts;
    const session = current.session;
    if (layout === 'desk' && session)
      return deskLayout(menuOf(remotes, 'desk', session), session, this.#signOut);
    if (layout === 'phone')
      return phoneLayout(menuOf(remotes, 'phone', session), { elder, embedded: session?.embedded ?? false });
    const root = element('div', { class: 'qs-bare' });
    return { root, main: root, mark: () => undefined };
  }

  #page(page: ShellPage): HTMLElement {
    const { remotes, current, elder } = this.parts;
    const session = current.session;
    switch (page) {
      case 'portalHome':
        return portalHome(menuOf(remotes, 'phone', session), session?.displayName);
      case 'me':
        return mePage({ session, elder, signOut: this.#signOut });
      case 'signIn':
        return signInPage(current, () => {
          location.assign(safeReturnPath(new URLSearchParams(location.search).get('return')));
        });
      case 'noAccess':
        return notePage('没有权限', '工作台供医院和管理人员使用。', {
          href: '/portal',
          text: '返回居民首页',
        });
      case 'deskHome':
        return notePage('暂无可用功能', '您的角色目前没有可用的功能，请联系平台管理员。');
      case 'notFound':
        return notePage('页面不存在', '地址可能已变更或输入有误。', { href: '/', text: '返回首页' });
    }
  }

  readonly #signOut = async (): Promise<void> => {
    try {
      await this.parts.current.signOut();
      location.assign('/');
    } catch (error) {
      this.parts.toasts.show(`未能退出登录：${asProblem(error).detail}`, 'error');
    }
  };
}

const PAGE_TITLES: Readonly<Record<ShellPage, string>> = {
  portalHome: '首页',
  me: '我的',
  signIn: '登录',
  noAccess: '没有权限',
  deskHome: '工作台',
  notFound: '页面不存在',
};
