import type { DirectoryEntry } from '@qingpu/contracts/http/institutions';
import type { EntryKey, Kind } from '@qingpu/mfe-kit/directory';
import { useState } from 'react';
import type { ChangeResult } from './desk-api.ts';
import { useDesk } from './desk-context.tsx';
import { useLive } from './live.tsx';
import { useLiveLoad } from './use-live-load.ts';
import type { Load } from './use-load.ts';

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
