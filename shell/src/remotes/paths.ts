import type { Remote } from '@qingpu/contracts/http/registry';
import type { Session } from '@qingpu/contracts/http/session';

export type Layout = Remote['layout'];

/** Whether a path is `prefix` itself or lies beneath it; `/desk/a` does not hold `/desk/ab`. */
export function isBeneath(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);
}

/** The remote that owns a path; the longest prefix wins. */
export function remoteAt(remotes: readonly Remote[], path: string): Remote | undefined {
  const claims = remotes.flatMap((remote) =>
    remote.paths.filter((prefix) => isBeneath(path, prefix)).map((prefix) => ({ remote, prefix })),
  );
  return claims.sort((one, other) => other.prefix.length - one.prefix.length)[0]?.remote;
}

export interface MenuEntry {
  readonly path: string;
  readonly title: string;
}

/** The menu of a layout as this person sees it; people without a session count as `visitor`. */
export function menuOf(remotes: readonly Remote[], layout: Layout, session: Session | null): MenuEntry[] {
  const role = session?.role ?? 'visitor';
  return remotes
    .filter((remote) => remote.layout === layout)
    .flatMap((remote) => remote.menu)
    .filter((entry) => entry.roles.includes(role))
    .map(({ path, title }) => ({ path, title }));
}

/** The entry of the menu that a path belongs to: the longest path that holds it. */
export function currentEntry(menu: readonly MenuEntry[], path: string): MenuEntry | undefined {
  return menu
    .filter((entry) => isBeneath(path, entry.path))
    .sort((one, other) => other.path.length - one.path.length)[0];
}
