import { sampleInstitutionCode } from '@qingpu/contracts/testing/sample-directory';
import { sampleId, samplePlan } from '@qingpu/contracts/testing/sample-slots';
import { FakeCheckpoints } from '@qingpu/read-models-kernel/testing/fake-checkpoints';
import { takeInto } from '@qingpu/read-models-kernel/testing/view-log';
import { physicalCollection } from '@qingpu/read-models-kernel/view';
import { PositionBeyondHead, ViewReader } from '@qingpu/read-models-kernel/view-reader';
import { SearchTooWide } from '@qingpu/read-models-kernel/view-store';
import { describe, expect, it } from 'vitest';
import { slotPool } from './projection.ts';
import { SlotPool, scheduleDocumentId } from './queries.ts';
import {
  added,
  booked,
  cancelled,
  closed,
  fenced,
  held,
  INSTITUTION,
  KEY,
  ofBooking,
  type PoolEvent,
  poolAfter,
  registered,
  substituted,
  suspended,
  withdrawn,
} from './testing/pool-log.ts';
import { slotPoolView } from './view.ts';

const OTHER = sampleInstitutionCode(2);
const PUBLIC = ['public'] as const;
const PAGE = { page: 1, size: 20 };
const OPEN = new Date('2026-03-10T12:00:00+08:00');

/** S1 by D1 on the 16th; S2 in another department on the 17th; S3 at another institution on the 16th. */
const THREE: readonly PoolEvent[] = [
  registered(),
  registered(
    { date: '2026-03-17', departmentCode: 'K05', doctorCode: 'D5', clinicCode: 'C5', kind: 'general' },
    { scheduleId: 'S2' },
  ),
  registered({ doctorCode: null }, { institutionCode: OTHER, scheduleId: 'S3' }),
];
const ids = (page: { readonly items: readonly { readonly scheduleId: string }[] }) =>
  page.items.map(({ scheduleId }) => scheduleId);

describe('days', () => {
  it('lists the days of an institution from today on, with what the viewer could book', async () => {
    const { pool } = await poolAfter([...THREE, booked('N01', 1)]);
    expect(await pool.days({ institution: INSTITUTION }, PUBLIC, OPEN)).toEqual({
      asOf: null,
      stale: false,
      items: [
        { date: '2026-03-16', free: 2, total: 6, bookability: 'open', opensAt: null },
        { date: '2026-03-17', free: 3, total: 6, bookability: 'open', opensAt: null },
      ],
    });
    const community = await pool.days({ institution: INSTITUTION }, ['public', 'community'], OPEN);
    expect(community.items).toMatchObject([{ free: 4 }, { free: 5 }]);
  });

  it('narrows by departments, doctor and kind; yesterday is no day', async () => {
    const { pool } = await poolAfter(THREE);
    const dates = async (filter: object, now = OPEN) =>
      (await pool.days({ institution: INSTITUTION, ...filter }, PUBLIC, now)).items.map(({ date }) => date);
    expect(await dates({ departments: ['K05', 'K06'] })).toEqual(['2026-03-17']);
    expect(await dates({ doctor: 'D1' })).toEqual(['2026-03-16']);
    expect(await dates({ kind: 'general' })).toEqual(['2026-03-17']);
    expect(await dates({}, new Date('2026-03-16T15:59:59Z'))).toEqual(['2026-03-16', '2026-03-17']);
    expect(await dates({}, new Date('2026-03-16T16:00:00Z'))).toEqual(['2026-03-17']);
  });
});

describe('schedules', () => {
  it('lists a day or several, earliest first, page by page', async () => {
    const early = registered(
      { intervals: [{ start: '07:30', end: '07:45', slots: [{ slotId: 'A', tier: 'public' }] }] },
      { scheduleId: 'S9' },
    );
    const { pool } = await poolAfter([...THREE, early]);
    const list = (filter: object, page = PAGE) =>
      pool.schedules({ institution: INSTITUTION, ...filter }, page, PUBLIC, OPEN);
    expect(ids(await list({}))).toEqual(['S9', 'S1', 'S2']);
    expect(ids(await list({ from: '2026-03-16', to: '2026-03-16' }))).toEqual(['S9', 'S1']);
    expect(await list({}, { page: 2, size: 2 })).toMatchObject({ page: 2, size: 2, total: 3 });
    expect(ids(await list({}, { page: 2, size: 2 }))).toEqual(['S2']);
  });

  it('shows the substitute, who is found as well as whom he stands in for', async () => {
    const { pool } = await poolAfter([...THREE, substituted]);
    const by = async (doctor: string) => pool.schedules({ doctor }, PAGE, PUBLIC, OPEN);
    expect(await by('D1')).toMatchObject({
      items: [{ scheduleId: 'S1', doctorCode: 'D2', doctorTitle: '231', substituted: true }],
    });
    expect(ids(await by('D2'))).toEqual(['S1']);
    expect((await by('D5')).items).toMatchObject([{ doctorCode: 'D5', substituted: false }]);
  });

  it('answers one schedule by its intervals, and nothing for one that is not there', async () => {
    const { pool } = await poolAfter([...THREE, held('N01', 1)]);
    expect(await pool.intervals(KEY, PUBLIC, OPEN)).toMatchObject({
      schedule: { ...KEY, free: 2, total: 6 },
      items: [
        { start: '08:00', free: 1 },
        { start: '08:15', free: 1 },
      ],
      policyVersion: 'guidance@2026.1',
      stale: false,
    });
    expect(await pool.intervals({ ...KEY, scheduleId: 'none' }, PUBLIC, OPEN)).toBeUndefined();
  });

  it('withholds what a hospital’s interface is not verified for: seen by all, on offer to nobody', async () => {
    const { reader } = await poolAfter([...THREE, held('N01', 1)]);
    const pool = new SlotPool(
      reader,
      async () =>
        ({ institutionCode, kind }) =>
          institutionCode === KEY.institutionCode && kind === 'expert',
    );
    const filter = { institution: KEY.institutionCode };
    expect(await pool.intervals(KEY, PUBLIC, OPEN)).toMatchObject({
      schedule: { bookability: 'withheld', free: 0, total: 6 },
      items: [{ bookability: 'withheld' }, { bookability: 'withheld' }],
    });
    const standing = (page: { readonly items: readonly { readonly bookability: string }[] }) =>
      page.items.map(({ bookability }) => bookability);
    expect(standing(await pool.days(filter, PUBLIC, OPEN))).toEqual(['withheld', 'open']);
    expect(standing(await pool.schedules(filter, PAGE, PUBLIC, OPEN))).toEqual(['withheld', 'open']);
    expect(ids(await pool.deskSchedules({ ...filter, state: 'withheld' }, PAGE, OPEN))).toEqual(['S1']);
    expect((await pool.deskSchedule(KEY, OPEN))?.slots.map(({ tag }) => tag)).toEqual([
      'held',
      ...Array.from({ length: 5 }, () => 'withheld'),
    ]);
    expect(await pool.slot({ ...KEY, slotId: 'N02' }, OPEN)).toMatchObject({
      state: 'free',
      tag: 'withheld',
    });
    const { total } = await pool.trace({ ...filter, tag: 'withheld' }, PAGE, OPEN);
    const tally = (await pool.tally(filter, OPEN)).byInstitution.get(KEY.institutionCode);
    expect([total, tally?.tags.withheld, tally?.tags.held]).toEqual([5, 5, 1]);
    const over = new Date('2026-03-16T12:00:00+08:00');
    expect(standing(await pool.schedules({ ...filter, to: '2026-03-16' }, PAGE, PUBLIC, over))).toEqual([
      'over',
    ]);
    expect((await pool.slot({ ...KEY, slotId: 'N02' }, over))?.tag).toBe('unused');
  });

  it('waits for a position and refuses one beyond the log', async () => {
    const { pool } = await poolAfter(THREE);
    await expect(pool.intervals(KEY, PUBLIC, OPEN, { after: '1' })).rejects.toThrow(PositionBeyondHead);
  });
});

describe('the desk', () => {
  it('counts by quota whatever is open yet, without withdrawn slots', async () => {
    const events = [
      booked('N01', 1),
      held('N02', 2),
      booked('N04', 3),
      cancelled('N04', 3),
      withdrawn(['N06']),
      fenced('N05', null),
    ];
    const { pool } = await poolAfter([...THREE, ...events]);
    const early = new Date('2026-03-10T09:00:00+08:00');
    const { items } = await pool.deskSchedules({ institution: INSTITUTION, to: '2026-03-16' }, PAGE, early);
    expect(items).toMatchObject([
      {
        scheduleId: 'S1',
        mode: 'hosted',
        total: 5,
        tiers: {
          public: { total: 3, free: 0 },
          community: { total: 2, free: 1 },
          contracted: { total: 0, free: 0 },
          referral: { total: 0, free: 0 },
        },
        booked: 1,
        held: 1,
        fenced: 1,
        revision: 1,
      },
    ]);
  });

  it('narrows by bookability, which is worked out, page by page', async () => {
    const { pool } = await poolAfter([...THREE, closed]);
    const list = async (state: 'open' | 'over' | 'full', page = PAGE) =>
      pool.deskSchedules({ state }, page, OPEN);
    expect(await list('over')).toMatchObject({ total: 1, items: [{ scheduleId: 'S1' }] });
    expect(ids(await list('open'))).toEqual(['S3', 'S2']);
    expect(await list('open', { page: 2, size: 1 })).toMatchObject({
      total: 2,
      items: [{ scheduleId: 'S2' }],
    });
    expect(await list('full')).toMatchObject({ total: 0, items: [] });
  });

  it('shows a schedule slot by slot and what was done to it', async () => {
    const events = [booked('N01', 1), suspended(['N04', 'N05', 'N06'], ['08:15']), substituted];
    const { pool } = await poolAfter([...THREE, ...events]);
    const detail = await pool.deskSchedule(KEY, OPEN);
    expect(detail).toMatchObject({
      schedule: { ...KEY, doctorCode: 'D2', booked: 1, fenced: 3 },
      plan: samplePlan(),
      suspensions: [{ suspensionId: sampleId(700), cause: 'surgery', starts: ['08:15'], revoked: false }],
      substitution: { doctorCode: 'D2', reason: '请假' },
      asOf: null,
    });
    expect(detail?.slots).toHaveLength(6);
    expect(detail?.slots[0]).toEqual({
      slotId: 'N01',
      tier: 'public',
      start: '08:00',
      end: '08:15',
      state: 'booked',
      tag: 'booked',
      bookingId: sampleId(1),
    });
    expect(await pool.deskSchedule({ ...KEY, scheduleId: 'none' }, OPEN)).toBeUndefined();
  });
});

describe('the trace', () => {
  const more = added('08:30', '08:45', [{ slotId: 'X1', tier: 'public' }]);
  const traced = async (filter: object, page = PAGE, now = OPEN) =>
    (await poolAfter([...THREE, more, booked('N02', 1)])).pool.trace(filter, page, now);
  const named = ({ items }: Awaited<ReturnType<typeof traced>>) =>
    items.map(({ scheduleId, slotId }) => `${scheduleId}/${slotId}`);

  it('finds slots by each of their keys', async () => {
    expect(await traced({ institution: OTHER })).toMatchObject({ total: 6 });
    expect(await traced({ scheduleId: 'S2' })).toMatchObject({ total: 6 });
    expect(await traced({ departments: ['K0304'] })).toMatchObject({ total: 13 });
    expect(await traced({ doctor: 'D5' })).toMatchObject({ total: 6 });
    expect(await traced({ clinic: 'C1' })).toMatchObject({ total: 13 });
    expect(await traced({ from: '2026-03-17' })).toMatchObject({ total: 6 });
    expect(named(await traced({ slotId: 'N01' }))).toEqual(['S2/N01', 'S3/N01', 'S1/N01']);
    expect(named(await traced({ slotId: 'X1' }))).toEqual(['S1/X1']);
    expect(named(await traced({ slotId: 'X1', institution: OTHER }))).toEqual([]);
    expect(await traced({ slotId: 'none' })).toMatchObject({ total: 0 });
  });

  it('finds slots by tag, as it is at that time', async () => {
    expect(named(await traced({ tag: 'booked' }))).toEqual(['S1/N02']);
    const after = new Date('2026-03-18T00:00:00+08:00');
    expect(await traced({ tag: 'unused', institution: INSTITUTION }, PAGE, after)).toMatchObject({
      total: 12,
    });
  });

  it('pages over slots, newest visit first, each exactly once', async () => {
    const pages = await Promise.all([1, 2, 3, 4].map((page) => traced({}, { page, size: 5 })));
    const seen = pages.flatMap(named);
    expect(pages.map(({ total }) => total)).toEqual([19, 19, 19, 19]);
    expect(seen).toHaveLength(19);
    expect(new Set(seen).size).toBe(19);
    expect(seen.slice(0, 6)).toEqual(['S2/N01', 'S2/N02', 'S2/N03', 'S2/N04', 'S2/N05', 'S2/N06']);
  });

  it('answers one slot, untouched or not', async () => {
    const { pool } = await poolAfter([...THREE, booked('N02', 1)]);
    expect(await pool.slot({ ...KEY, slotId: 'N01' }, OPEN)).toMatchObject({ slotId: 'N01', tag: 'open' });
    expect(await pool.slot({ ...KEY, slotId: 'N02' }, OPEN)).toMatchObject({ slotId: 'N02', tag: 'booked' });
    expect(await pool.slot({ ...KEY, slotId: 'N99' }, OPEN)).toBeUndefined();
  });

  it('refuses what would read too many schedules', async () => {
    const { store, pool } = await poolAfter(THREE);
    const collection = physicalCollection(slotPoolView, slotPoolView.version, 'schedules');
    const many = Array.from({ length: 5_000 }, (_none, index) => ({
      collection,
      id: `filler-${index}`,
      guard: 1n,
      set: { visitKey: `2026-01-01 08:00 filler-${index}` },
    }));
    await store.write(many);
    await expect(pool.trace({ to: '2026-12-31' }, PAGE, OPEN)).rejects.toThrow(SearchTooWide);
    expect(await pool.trace({ from: '2026-03-01' }, PAGE, OPEN)).toMatchObject({ total: 18 });
  });
});

describe('the tally', () => {
  it('adds up all slots of a span by tag and institution', async () => {
    const events = [booked('N01', 1), { type: 'NoShowReported', data: ofBooking('N01', 1) } as const];
    const { pool } = await poolAfter([...THREE, ...events, held('N02', 2), withdrawn(['N03'])]);
    const { byInstitution } = await pool.tally({ from: '2026-03-16', to: '2026-03-17' }, OPEN);
    expect([...byInstitution.keys()].sort()).toEqual([INSTITUTION, OTHER].sort());
    expect(byInstitution.get(INSTITUTION)).toMatchObject({
      total: 12,
      tags: { noShow: 1, held: 1, withdrawn: 1, open: 9, unused: 0 },
    });
    const one = await pool.tally({ institution: OTHER, from: '2026-03-16', to: '2026-03-16' }, OPEN);
    expect([...one.byInstitution.values()]).toMatchObject([{ total: 6, tags: { open: 6 } }]);
    expect((await pool.tally({ from: '2026-04-01' }, OPEN)).byInstitution.size).toBe(0);
  });

  it('remembers past days only as long as nothing happens to them', async () => {
    const { pool, store, log } = await poolAfter([...THREE, booked('N01', 1)]);
    const after = new Date('2026-03-18T00:00:00+08:00');
    const tags = async () => (await pool.tally({}, after)).byInstitution.get(INSTITUTION)?.tags;
    expect(await tags()).toMatchObject({ booked: 1, unused: 11 });
    expect(await tags()).toMatchObject({ booked: 1, unused: 11 });
    log.add({ type: 'BookingFulfilled', data: ofBooking('N01', 1) });
    await takeInto(slotPool, store, log.events.slice(-1));
    expect(await tags()).toMatchObject({ booked: 0, fulfilled: 1, unused: 11 });
  });
});

describe('for the scheduler and the host', () => {
  it('hands out what is due to be recorded, the longest overdue first', async () => {
    const opened: PoolEvent = {
      type: 'TierOpened',
      data: { ...KEY, tier: 'referral', plannedAt: samplePlan().opensAt.referral },
    };
    const { pool } = await poolAfter([registered(), opened]);
    const due = async (now: string, limit = 10) =>
      (await pool.dueReleaseSteps(new Date(now), limit)).map(({ step, plannedAt }) => [step, plannedAt]);
    const { opensAt, returnsAt } = samplePlan();
    expect(await due('2026-02-25T06:59:59.999+08:00')).toEqual([]);
    expect(await due('2026-02-25T07:00:00+08:00')).toEqual([
      ['community', opensAt.community],
      ['contracted', opensAt.contracted],
    ]);
    expect((await due('2026-03-20T00:00:00+08:00')).slice(2)).toEqual([
      ['public', opensAt.public],
      ['return', returnsAt],
    ]);
    expect(await due('2026-03-20T00:00:00+08:00', 1)).toHaveLength(1);
  });

  it('joins what bookings show of their schedules', async () => {
    const { pool } = await poolAfter([...THREE, substituted]);
    const missing = { ...KEY, scheduleId: 'none' };
    const found = await pool.summaries([KEY, missing, KEY]);
    expect([...found]).toEqual([
      [
        scheduleDocumentId(KEY),
        {
          ...KEY,
          departmentCode: 'K0304',
          clinicCode: 'C1',
          doctorCode: 'D2',
          doctorTitle: '231',
          kind: 'expert',
          date: '2026-03-16',
          session: 'morning',
          feeFen: 2500,
          location: '门诊楼2楼 心内科诊室',
        },
      ],
    ]);
  });

  it('says how fresh it is', async () => {
    const { store } = await poolAfter(THREE);
    const checkpoints = new FakeCheckpoints();
    const reader = new ViewReader(slotPoolView, store, checkpoints, async () => 10n, { waitMs: 0 });
    expect(await new SlotPool(reader).days({ institution: OTHER }, PUBLIC, OPEN, '10')).toMatchObject({
      stale: true,
    });
  });
});
