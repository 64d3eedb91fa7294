import type { DirectoryEntry } from '@qingpu/contracts/http/institutions';
import type { EntryKey, Kind } from '@qingpu/mfe-kit/directory';
import { useLive } from '@qingpu/mfe-kit/react/live.tsx';
import { useLiveLoad } from '@qingpu/mfe-kit/react/use-live-load';
import type { Load } from '@qingpu/mfe-kit/react/use-load';
import { useState } from 'react';
import type { ChangeResult } from './desk-api.ts';
import { useDesk } from './desk-context.tsx';

export interface LoadedEntry<K extends Kind> extends Load<DirectoryEntry<K>> {
  /** To be called after a write: reads again and knows which revision to expect. */
  readonly changed: (result: ChangeResult) => void;
  /** The answer does not yet show this person's own write. */
  readonly stale: boolean;
}

export function useEntry<K extends Kind>(kind: K, key: EntryKey): LoadedEntry<K> {
  const { api } = useDesk();
  const { lastWrite } = useLive();
  const [expected, setExpected] = useState(0);
  const load = useLiveLoad(`${kind} ${key.institutionCode} ${key.code}`, (signal) =>
    api.entry(kind, key, { after: lastWrite.current, signal }),
  );
  return {
    ...load,
    changed: (result) => {
      setExpected(result.revision);
      load.reload();
    },
    stale: !load.loading && load.value !== undefined && load.value.revision < expected,
  };
}
