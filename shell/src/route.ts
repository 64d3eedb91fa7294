import type { Remote } from '@qingpu/contracts/http/registry';
import type { Session } from '@qingpu/contracts/http/session';
import { isBeneath, type Layout, menuOf, remoteAt } from './remotes/paths.ts';
import { signInPath } from './session/return-path.ts';

export type ShellPage = 'portalHome' | 'me' | 'signIn' | 'notFound' | 'noAccess' | 'deskHome';

/** What stands at a path: a page of the shell, a remote, or a redirection. */
export type Route =
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'page'; readonly page: ShellPage; readonly layout: Layout | 'bare' }
  | { readonly kind: 'remote'; readonly remote: Remote };

/** Decides what a path shows. Hiding is a courtesy: the server decides what anyone may read or do. */
export function routeOf(
  path: string,
  search: string,
  session: Session | null,
  remotes: readonly Remote[],
): Route {
  const staff = session !== null && session.role !== 'resident';
  if (path === '/') return { kind: 'redirect', to: staff ? '/desk' : '/portal' };
  if (path === '/sign-in') return { kind: 'page', page: 'signIn', layout: 'bare' };
  if (isBeneath(path, '/desk')) return deskRoute(path, search, session, remotes);
  if (path === '/portal') return { kind: 'page', page: 'portalHome', layout: 'phone' };
  if (path === '/portal/me') return { kind: 'page', page: 'me', layout: 'phone' };
  return remoteRoute(path, 'phone', remotes);
}

function deskRoute(path: string, search: string, session: Session | null, remotes: readonly Remote[]): Route {
  if (session === null) return { kind: 'redirect', to: signInPath(path + search) };
  if (session.role === 'resident') return { kind: 'page', page: 'noAccess', layout: 'bare' };
  if (path !== '/desk') return remoteRoute(path, 'desk', remotes);
  const first = menuOf(remotes, 'desk', session)[0];
  return first ? { kind: 'redirect', to: first.path } : { kind: 'page', page: 'deskHome', layout: 'desk' };
}

function remoteRoute(path: string, layout: Layout, remotes: readonly Remote[]): Route {
  const remote = remoteAt(remotes, path);
  return remote?.layout === layout ? { kind: 'remote', remote } : { kind: 'page', page: 'notFound', layout };
}
