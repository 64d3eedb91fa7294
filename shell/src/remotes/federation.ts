import { createInstance, type ModuleFederationRuntimePlugin } from '@module-federation/enhanced/runtime';
import type { Remote } from '@qingpu/contracts/http/registry';
import type { LifeCycles } from 'single-spa';
import type { IntegrityIndex } from './integrity.ts';

const LOAD_LIMIT_MS = 10_000;

/** A remote did not answer within the time limit, or its entry holds no application. */
export class RemoteUnavailable extends Error {
  override readonly name = 'RemoteUnavailable';
}

export type LoadRemote = (remote: Remote) => Promise<LifeCycles>;

/** How remotes are loaded: through federation, within a time limit, each file with its integrity. */
export function createLoader(index: IntegrityIndex): LoadRemote {
  const federation = createInstance({ name: 'shell', remotes: [], plugins: [integrityPlugin(index)] });
  return async (remote) => {
    const { name, entry } = remote;
    // `force` drops what an earlier, failed attempt left behind.
    federation.registerRemotes([{ name, entry, type: 'global', entryGlobalName: name }], { force: true });
    const loaded = await within(LOAD_LIMIT_MS, federation.loadRemote<LifeCycles>(`${name}/app`));
    if (!loaded) throw new RemoteUnavailable(name);
    return loaded;
  };
}

function integrityPlugin(index: IntegrityIndex): ModuleFederationRuntimePlugin {
  return {
    name: 'qingpu-integrity',
    createScript({ url }) {
      const script = document.createElement('script');
      script.integrity = index.integrityOf(url, document.baseURI) ?? '';
      script.src = url;
      return script;
    },
    createLink({ url, attrs }) {
      const link = document.createElement('link');
      for (const [name, value] of Object.entries(attrs ?? {})) link.setAttribute(name, String(value));
      link.integrity = index.integrityOf(url, document.baseURI) ?? '';
      link.href = url;
      return link;
    },
  };
}

function within<Value>(milliseconds: number, work: Promise<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new RemoteUnavailable('time limit')), milliseconds);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
