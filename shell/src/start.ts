import type { Remote } from '@qingpu/contracts/http/registry';
import { createElderSwitch } from '@qingpu/mfe-kit/elder';
import type { RemoteProps } from '@qingpu/mfe-kit/remote-props';
import { registerApplication, start } from 'single-spa';
import { Toasts } from './chrome/toasts.ts';
import { followLinks, navigate } from './navigation.ts';
import { createLoader, type LoadRemote } from './remotes/federation.ts';
import { IntegrityIndex } from './remotes/integrity.ts';
import { installIntegrityGate } from './remotes/integrity-gate.ts';
import { readRegistry } from './remotes/registry.ts';
import { RemotePlace } from './remotes/remote-place.ts';
import { CurrentSession } from './session/session.ts';
import { Shell } from './shell.ts';

/** Starts the shell once the session and the registry are there; throws when either cannot be had. */
export async function startShell(root: HTMLElement): Promise<void> {
  const current = new CurrentSession();
  const [remotes] = await Promise.all([readRegistry(), current.load()]);
  const index = new IntegrityIndex();
  for (const remote of remotes) index.add(remote.integrity);
  installIntegrityGate(index);
  const places = openPlaces(remotes, createLoader(index), index);
  const elder = createElderSwitch(document.documentElement, storage());
  const toasts = new Toasts();
  const shell = new Shell({ root, remotes, current, elder, toasts, places: containersOf(places) });
  shell.show();
  followLinks(root);
  register(places, shell, {
    session: current.session,
    navigate,
    elder,
    toast: (text, kind) => toasts.show(text, kind),
  });
  // single-spa announces every change of address, whoever made it.
  window.addEventListener('single-spa:before-routing-event', () => showAddress(shell));
  start();
}

/** Shows what stands at the address; again when a remote with unsaved edits has the address put back. */
function showAddress(shell: Shell): void {
  shell.show();
  const shown = location.href;
  setTimeout(() => {
    if (location.href !== shown) shell.show();
  });
}

/** A remote's place; a retry reads the registry again, since a new version may have been deployed meanwhile. */
function openPlaces(remotes: readonly Remote[], load: LoadRemote, index: IntegrityIndex): RemotePlace[] {
  return remotes.map((remote) => {
    let known: Remote | undefined = remote;
    return new RemotePlace(remote.name, async () => {
      const newest = known ?? (await newestOf(remote, index));
      known = undefined;
      return load(newest);
    });
  });
}

async function newestOf(remote: Remote, index: IntegrityIndex): Promise<Remote> {
  const newest = (await readRegistry()).find((candidate) => candidate.name === remote.name) ?? remote;
  index.add(newest.integrity);
  return newest;
}

function containersOf(places: readonly RemotePlace[]): Map<string, HTMLElement> {
  return new Map(places.map((place) => [place.name, place.container]));
}

function register(places: readonly RemotePlace[], shell: Shell, props: RemoteProps): void {
  for (const place of places) {
    registerApplication({
      name: place.name,
      app: async () => place.lifecycles(),
      activeWhen: (url) => {
        const route = shell.routeAt(url);
        return route.kind === 'remote' && route.remote.name === place.name;
      },
      customProps: { ...props },
    });
  }
}

/** Undefined where the browser forbids storage; then elder mode lasts as long as the page. */
function storage(): Storage | undefined {
  try {
    return window.localStorage;
  } catch {
    return undefined;
  }
}
