import { randomBytes } from 'node:crypto';
import { DATA_KEY_BYTES } from '../envelope.ts';
import type { MasterKeys } from '../master-key-file.ts';
import { SoftwareProvider } from '../software-provider.ts';

/** Master keys that live as long as the test; one generation unless told, the newest is current. */
export function ephemeralMasterKeys(generations = 1): MasterKeys {
  const ids = Array.from({ length: generations }, (_, i) => `mk-${i + 1}`);
  const keys = new Map(ids.map((id) => [id, randomBytes(DATA_KEY_BYTES)]));
  return { keys, current: `mk-${generations}`, root: 'mk-1' };
}

/** A software provider whose keys nobody else knows. */
export function ephemeralProvider(generations = 1): SoftwareProvider {
  return new SoftwareProvider(ephemeralMasterKeys(generations));
}
