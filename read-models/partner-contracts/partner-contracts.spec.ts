import type { EventOf } from '@qingpu/contracts/events/catalogue';
import type { Actor } from '@qingpu/contracts/events/stored-event';
import { sampleInstitutionCode } from '@qingpu/contracts/testing/sample-directory';
import { sampleId, samplePlan, sampleScheduleDetails } from '@qingpu/contracts/testing/sample-slots';
import { FakeCheckpoints } from '@qingpu/read-models-kernel/testing/fake-checkpoints';
import { FakeViewStore } from '@qingpu/read-models-kernel/testing/fake-view-store';
import { contentOf, minuteOf, takeInto, ViewLog } from '@qingpu/read-models-kernel/testing/view-log';
import { ViewReader } from '@qingpu/read-models-kernel/view-reader';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partnerContracts } from './projection.ts';
import { PartnerContracts, unknownContract } from './queries.ts';
import { partnerContractsView } from './view.ts';

const HERE = sampleInstitutionCode(1);
type ContractsEvent = EventOf<typeof partnerContracts.catalogue>;
const PARTNER: Actor = { kind: 'partner', id: 'his' };
const STAFF: Actor = { kind: 'staff', id: 'desk' };

const ofLine = {
  institutionCode: HERE,
  interface: 'synchronisation',
  kind: 'referral',
  checkId: sampleId(1),
} as const;
const verified: ContractsEvent = { type: 'PartnerContractVerified', data: ofLine };
const failed = (standing: 'doubtful' | 'failed', failures = 1): ContractsEvent => ({
  type: 'PartnerContractFailed',
  data: { ...ofLine, fault: 'accepts-forged', failures, standing },
});
const unoffered: ContractsEvent = { type: 'PartnerSelfCheckUnoffered', data: ofLine };
const refused: ContractsEvent = {
  type: 'PartnerTransmissionRefused',
  data: { institutionCode: HERE, kind: 'referral', problem: 'invalid-request' },
};
const withheld: ContractsEvent = {
  type: 'SlotsWithheld',
  data: { institutionCode: HERE, kinds: ['internet', 'referral'], reason: '系统升级' },
};
const offered: ContractsEvent = {
  type: 'SlotsOfferedAgain',
  data: { institutionCode: HERE, kinds: ['referral'], reason: '升级完成' },
};
const quota = (percent: number | null, institutionCode: string | null = HERE): ContractsEvent => ({
  type: 'ChannelQuotaSet',
  data: { partnerId: 'city', institutionCode, percent, reason: '统一调配' },
});
const registered = (type: 'ScheduleRegistered' | 'ScheduleAmended' = 'ScheduleRegistered') =>
  ({
    type,
    data: {
      institutionCode: HERE,
      scheduleId: 'S1',
      details: sampleScheduleDetails({ kind: 'referral' }),
      mode: 'hosted',
      sensitivity: 'usual',
      doctorTitle: '232',
      plan: samplePlan(),
    },
  }) as ContractsEvent;

const streamOf = ({ type, data }: ContractsEvent) =>
  type.startsWith('Schedule') ? 'schedule-1' : `contract-${data.institutionCode ?? '*'}`;

async function after(events: readonly ContractsEvent[], actor = PARTNER) {
  const log = new ViewLog<ContractsEvent>(streamOf);
  for (const event of events) log.add(event, { actor });
  const store = new FakeViewStore();
  await takeInto(partnerContracts, store, log.events);
  const reader = new ViewReader(partnerContractsView, store, new FakeCheckpoints(), async () => 0n);
  const queries = new PartnerContracts(reader);
  const { contracts } = await queries.all();
  return { log, store, queries, contract: contracts.get(HERE) };
}

const lineOf = (contract: Awaited<ReturnType<typeof after>>['contract'], of: string) =>
  contract?.lines.find((line) => line.kind === 'referral' && line.interface === of);

describe('a contract', () => {
  it('of which nothing is known has every interface of every kind, unproven', () => {
    const { lines, withheld: kinds, checkedAt } = unknownContract(HERE);
    expect(lines).toHaveLength(10);
    expect(new Set(lines.map(({ standing }) => standing))).toEqual(new Set(['unproven']));
    expect([kinds, checkedAt]).toEqual([[], null]);
  });

  it('tells what was verified and what failed, in words', async () => {
    const { contract } = await after([failed('failed')]);
    expect(lineOf(contract, 'synchronisation')).toMatchObject({
      standing: 'failed',
      failedAt: minuteOf(0),
      verifiedAt: null,
      fault: '签名错误的请求被接受',
      failures: 1,
    });
    expect(contract?.withheld).toEqual([
      { kind: 'referral', byHand: false, reason: '号源同步接口：签名错误的请求被接受' },
    ]);
    const { contract: later } = await after([failed('failed'), verified]);
    expect(lineOf(later, 'synchronisation')).toMatchObject({
      standing: 'verified',
      failedAt: minuteOf(0),
      verifiedAt: minuteOf(1),
      fault: null,
      failures: 0,
    });
    expect([later?.withheld, later?.checkedAt]).toEqual([[], minuteOf(1)]);
  });

  it('withholds nothing for a system that may only have been away', async () => {
    expect((await after([failed('doubtful')])).contract?.withheld).toEqual([]);
  });

  it('tells when the hospital’s system sent schedules, in good form or not', async () => {
    const { contract } = await after([registered(), refused, registered('ScheduleAmended')]);
    expect(lineOf(contract, 'transmission')).toMatchObject({
      transmittedAt: minuteOf(2),
      refusedAt: minuteOf(1),
    });
    expect(lineOf(contract, 'synchronisation')).toMatchObject({ transmittedAt: null, refusedAt: null });
    expect((await after([registered()], STAFF)).contract).toBeUndefined();
  });

  it('tells of a system that does not let itself be verified, and withholds nothing for it', async () => {
    const { contract } = await after([failed('failed'), unoffered]);
    expect(lineOf(contract, 'synchronisation')).toMatchObject({ standing: 'unoffered', failures: 0 });
    expect(contract?.withheld).toEqual([]);
  });

  it('remembers the last transmissions of a kind, those of one minute as one', async () => {
    const { queries } = await after([registered(), refused, registered('ScheduleAmended'), refused]);
    const sent = async (from: string, most: number) =>
      (await queries.transmissions(HERE, 'referral', { from, most })).map(({ at, wellFormed }) => [
        at,
        wellFormed,
      ]);
    expect(await sent(minuteOf(1), 10)).toEqual([
      [minuteOf(3), false],
      [minuteOf(2), true],
      [minuteOf(1), false],
    ]);
    expect(await sent(minuteOf(0), 2)).toHaveLength(2);
    const log = new ViewLog<ContractsEvent>(streamOf);
    for (const event of [refused, registered()]) log.add(event, { actor: PARTNER, at: minuteOf(0) });
    const store = new FakeViewStore();
    await takeInto(partnerContracts, store, log.events);
    const reader = new ViewReader(partnerContractsView, store, new FakeCheckpoints(), async () => 0n);
    const found = await new PartnerContracts(reader).transmissions(HERE, 'referral', { from: '', most: 9 });
    expect(found.map(({ wellFormed }) => wellFormed)).toEqual([true]);
  });

  it('is withheld by hand until a manager lifts it', async () => {
    const { contract } = await after([verified, withheld]);
    expect(contract?.withheld.map(({ kind, byHand, reason }) => [kind, byHand, reason])).toEqual([
      ['internet', true, '系统升级'],
      ['referral', true, '系统升级'],
    ]);
    const { contract: lifted } = await after([verified, withheld, offered]);
    expect(lifted?.withheld.map(({ kind }) => kind)).toEqual(['internet']);
  });

  it('is excused by a manager until it fails again', async () => {
    const { contract } = await after([failed('failed'), offered]);
    expect([lineOf(contract, 'synchronisation')?.standing, contract?.withheld]).toEqual(['excused', []]);
    const { contract: again } = await after([failed('failed'), offered, failed('failed', 1)]);
    expect([lineOf(again, 'synchronisation')?.standing, again?.withheld.length]).toEqual(['failed', 1]);
  });

  it('takes in every event type, and is the same however the batches are cut and however often they come', async () => {
    const history = [
      registered(),
      quota(50),
      failed('failed'),
      withheld,
      offered,
      refused,
      unoffered,
      verified,
      registered('ScheduleAmended'),
    ];
    expect(new Set(history.map(({ type }) => type))).toEqual(
      new Set(Object.keys(partnerContracts.catalogue)),
    );
    const { log, store } = await after(history);
    await fc.assert(
      fc.asyncProperty(fc.nat(history.length), async (cut) => {
        const other = new FakeViewStore();
        for (const batch of [log.events.slice(0, cut), log.events, log.events.slice(0, cut)])
          await takeInto(partnerContracts, other, batch);
        expect(await contentOf(partnerContractsView, other)).toEqual(
          await contentOf(partnerContractsView, store),
        );
      }),
    );
  });
});

describe('what changed in a span of the log', () => {
  it('is told in its order, each as it stands now, and not what is beyond the span', async () => {
    const { queries } = await after([withheld, quota(50), quota(0), quota(20, null), offered]);
    const changed = async (from: bigint, upTo: bigint) =>
      (await queries.changed({ after: from, upTo }, 10)).map(({ position, value }) => [
        position,
        value.withheld.map(({ kind }) => kind),
      ]);
    expect(await changed(0n, 5n)).toEqual([[5n, ['internet']]]);
    expect(await changed(5n, 5n)).toEqual([]);
    expect(await changed(0n, 4n)).toEqual([]);
    const quotas = async (partner: string) =>
      (await queries.changedQuotas(partner, { after: 0n, upTo: 5n }, 10)).map(({ position, value }) => [
        position,
        value.institutionCode,
        value.percent,
      ]);
    expect(await quotas('city')).toEqual([
      [3n, HERE, 0],
      [4n, null, 20],
    ]);
    expect(await quotas('other')).toEqual([]);
  });
});
