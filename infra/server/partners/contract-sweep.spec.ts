import { contractChecks } from '@qingpu/contracts/rules/contract-checks';
import { sampleInstitutionCode } from '@qingpu/contracts/testing/sample-directory';
import { type KnownContract, unknownContract } from '@qingpu/read-models-partner-contracts/queries';
import { describe, expect, it } from 'vitest';
import { Partners } from '../access/partners.ts';
import type { ContractDesk } from './contract-desk.ts';
import { ContractSweep } from './contract-sweep.ts';
import type { ContractVerification } from './contract-verification.ts';

const NOW = new Date('2026-03-10T12:00:00.000Z');
const MINUTE = 60_000;
const { everyHours, jitterMinutes, retryMinutes } = contractChecks;
const here = (number: number) => sampleInstitutionCode(number);

/** A contract that was checked so many minutes ago; null: never. */
function contract(number: number, minutesAgo: number | null, standing: 'verified' | 'failed' = 'verified') {
  const checkedAt = minutesAgo === null ? null : new Date(NOW.getTime() - minutesAgo * MINUTE).toISOString();
  const known = unknownContract(here(number));
  const lines = known.lines.map((line, index) => (index === 0 ? { ...line, standing } : line));
  return { ...known, checkedAt, lines } satisfies KnownContract;
}

/** The hospitals that a sweep verifies, in its order. `silent`: those without an address. */
async function sweptOf(contracts: readonly KnownContract[], silent: readonly string[] = []) {
  const swept: string[] = [];
  const partners = new Partners(
    contracts.map(({ institutionCode }) => ({
      partnerId: `his-${institutionCode.slice(0, 9)}`,
      secret: 's'.repeat(40),
      institutionCode,
      name: '医院',
      ...(!silent.includes(institutionCode) && { callbackUrl: 'http://127.0.0.1:1' }),
    })),
  );
  const known = new Map(contracts.map((each) => [each.institutionCode, each]));
  const desk = { all: async () => ({ contracts: known, asOf: null, stale: false }) };
  const verification = {
    verify: async (institutionCode: string) => {
      swept.push(institutionCode);
      return { results: [], position: '1' };
    },
  };
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  await new ContractSweep(
    { partners, clock: { now: () => NOW } },
    desk as unknown as ContractDesk,
    verification as unknown as ContractVerification,
    log,
  ).run();
  return swept;
}

describe('the sweep of hospitals’ interfaces', () => {
  it('verifies whose time has come, whoever was never verified first', async () => {
    const day = 24 * 60;
    expect(await sweptOf([contract(1, 0), contract(2, day), contract(3, null)])).toEqual([here(3), here(2)]);
  });

  it('comes back every few hours, spread over the jitter and never later', async () => {
    const period = everyHours * 60;
    expect(await sweptOf([contract(1, period - jitterMinutes - 1)])).toEqual([]);
    expect(await sweptOf([contract(1, period)])).toEqual([here(1)]);
    const ages = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(async (number) => {
        for (let age = period - jitterMinutes; ; age += 1)
          if ((await sweptOf([contract(number, age)])).length > 0) return age;
      }),
    );
    expect(new Set(ages).size).toBeGreaterThan(1);
  });

  it('looks again soon at what has failed', async () => {
    expect(await sweptOf([contract(1, retryMinutes - 1, 'failed')])).toEqual([]);
    expect(await sweptOf([contract(1, retryMinutes, 'failed')])).toEqual([here(1)]);
  });

  it('leaves out whom it cannot reach, and takes on a few at a time', async () => {
    expect(await sweptOf([contract(1, null)], [here(1)])).toEqual([]);
    const many = Array.from({ length: 12 }, (_none, index) => contract(index + 1, null));
    expect(await sweptOf(many)).toHaveLength(8);
  });
});
