import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { BoxRefusedError } from './envelope.ts';
import { hexOf } from './primitives.ts';
import { MasterKeyUnknownError } from './provider.ts';
import { SoftwareProvider } from './software-provider.ts';
import { ephemeralMasterKeys } from './testing/ephemeral-provider.ts';

describe('software provider', () => {
  const masterKeys = ephemeralMasterKeys(2);
  const provider = new SoftwareProvider(masterKeys);
  afterAll(() => provider.close());
  const dataKey = provider.randomBytes(32);

  it('unwraps only under the same master key and context', async () => {
    const wrapped = await provider.wrapKey('mk-1', dataKey, 'person-1');
    expect(await provider.unwrapKey('mk-1', wrapped, 'person-1')).toEqual(dataKey);
    await expect(provider.unwrapKey('mk-2', wrapped, 'person-1')).rejects.toThrow(BoxRefusedError);
    await expect(provider.unwrapKey('mk-1', wrapped, 'person-2')).rejects.toThrow(BoxRefusedError);
  });

  it('knows its generations and refuses others', async () => {
    expect(provider.masterKeys).toEqual({ current: 'mk-2', root: 'mk-1', all: ['mk-1', 'mk-2'] });
    await expect(provider.wrapKey('mk-3', dataKey, '')).rejects.toThrow(MasterKeyUnknownError);
    await expect(provider.unwrapKey('mk-3', dataKey, '')).rejects.toThrow(MasterKeyUnknownError);
    await expect(provider.deriveKey('mk-3', 'a')).rejects.toThrow(MasterKeyUnknownError);
  });

  it('derives the same key for the same purpose and another for every other', async () => {
    const again = new SoftwareProvider(masterKeys);
    const derived = await Promise.all([
      provider.deriveKey('mk-1', 'a'),
      provider.deriveKey('mk-1', 'b'),
      provider.deriveKey('mk-2', 'a'),
    ]);
    expect(new Set(derived.map(hexOf)).size).toBe(3);
    expect(await again.deriveKey('mk-1', 'a')).toEqual(derived[0]);
    await again.close();
  });

  it('shows no key when it is printed', () => {
    const printed = inspect(provider, { depth: 10, showHidden: true });
    for (const key of masterKeys.keys.values()) expect(printed).not.toContain(inspect(key).slice(9, 40));
  });
});
