import type { Session } from '@qingpu/contracts/http/session';
import type { ElderSwitch } from '@qingpu/mfe-kit/elder';
import { elderButton } from '../chrome/elder-button.ts';
import { element } from '../dom.ts';
import { signInPath } from '../session/return-path.ts';

export interface MePage {
  readonly session: Session | null;
  readonly elder: ElderSwitch;
  readonly signOut: () => void;
}

/** 我的: who is signed in, how the pages look, and the way out. */
export function mePage({ session, elder, signOut }: MePage): HTMLElement {
  return element(
    'div',
    { class: 'qs-me' },
    element('h1', {}, '我的'),
    element(
      'section',
      { class: 'qs-card' },
      element('h2', {}, session ? session.displayName : '尚未登录'),
      element('p', {}, session ? session.roleName : '查找医院和医生不需要登录。'),
      ...wayInOrOut(session, signOut),
    ),
    element(
      'section',
      { class: 'qs-card' },
      element('h2', {}, '显示'),
      element('p', {}, '长辈版的文字和按钮更大。'),
      elderButton(elder),
    ),
  );
}

/** Inside another app its own sign-in holds, and there is nothing to leave. */
function wayInOrOut(session: Session | null, signOut: () => void): readonly HTMLElement[] {
  if (session?.embedded) return [];
  if (session) return [element('button', { type: 'button', class: 'qs-button', click: signOut }, '退出登录')];
  return [element('a', { class: 'qs-button qs-primary', href: signInPath('/portal/me') }, '登录')];
}
