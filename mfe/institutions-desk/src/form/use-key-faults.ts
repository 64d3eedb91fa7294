import type { Kind } from '@qingpu/mfe-kit/directory';
import { useState } from 'react';
import { type KeyFaults, keyFaults } from './check.ts';

type Key = keyof KeyFaults;

/** Faults of institution and code: shown once a filled field was left, from then on while typing. */
export function useKeyFaults(kind: Kind, institution: string, code: string) {
  const [checked, setChecked] = useState<readonly Key[]>([]);
  const faults = keyFaults(kind, institution, code);
  const shown: KeyFaults = Object.fromEntries(checked.map((key) => [key, faults[key]]));

  function check(): void {
    const filled: Key[] = [
      ...(institution ? ['institution' as const] : []),
      ...(code ? ['code' as const] : []),
    ];
    setChecked((before) => [...new Set([...before, ...filled])]);
  }

  /** Whether both may be sent. */
  function checkAll(): boolean {
    setChecked(['institution', 'code']);
    return Object.keys(faults).length === 0;
  }

  return { shown, check, checkAll };
}
