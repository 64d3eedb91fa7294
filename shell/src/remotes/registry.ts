import { type Remote, registrySchema } from '@qingpu/contracts/http/registry';
import '@qingpu/mfe-kit/strict-csp';

const LIMIT_MS = 10_000;

/** The remotes that are deployed now. Throws when the registry cannot be had or does not fit its schema. */
export async function readRegistry(): Promise<readonly Remote[]> {
  const response = await fetch('/registry.json', {
    cache: 'no-cache',
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  if (!response.ok) throw new Error(`registry answered ${response.status}`);
  return registrySchema.parse(await response.json()).remotes;
}
