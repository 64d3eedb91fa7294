import { TIERS, type Tier } from '@qingpu/contracts/codes/slot-tables';
import { isOpen } from '@qingpu/contracts/slots/release';
import { samplePlan } from '@qingpu/contracts/testing/sample-slots';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dayAvailability, intervalAvailability, scheduleAvailability } from './availability.ts';
import { slotsNow } from './slots-now.ts';
import {
  booked,
  cancelled,
  closed,
  fenced,
  held,
  KEY,
  ofBooking,
  type PoolEvent,
  poolAfter,
  registered,
  revoked,
  suspended,
  unfenced,
  withdrawn,
} from './testing/pool-log.ts';

const PUBLIC = ['public'] as const;
const COMMUNITY = ['public', 'community'] as const;
const at = (time: string) => new Date(`${time}+08:00`);
const OPEN = at('2026-03-10T12:00:00');

async function documentAfter(events: readonly PoolEvent[], first: PoolEvent = registered()) {
  const document = await (await poolAfter([first, ...events])).pool.document(KEY);
  if (!document) throw new Error('the schedule is not there');
  return document;
}

async function intervals(events: readonly PoolEvent[], tiers: readonly Tier[], now: Date) {
  return intervalAvailability(await documentAfter(events), tiers, now);
}

const line = (start: string, free: number, bookability: string, opensAt: string | null = null) =>
  expect.objectContaining({ start, free, total: 3, bookability, opensAt });

describe('opening', () => {
  it('is the plan’s: at 07:00 sharp, and not a millisecond before', async () => {
    const { opensAt } = samplePlan();
    expect(await intervals([], PUBLIC, at('2026-03-02T06:59:59.999'))).toEqual([
      line('08:00', 0, 'notYet', opensAt.public),
      line('08:15', 0, 'notYet', opensAt.public),
    ]);
    expect(await intervals([], PUBLIC, at('2026-03-02T07:00:00.000'))).toEqual([
      line('08:00', 2, 'open'),
      line('08:15', 1, 'open'),
    ]);
  });

  it('gives the community its quota first, then what is public as well', async () => {
    expect(await intervals([], COMMUNITY, at('2026-02-25T06:59:59.999'))).toEqual([
      line('08:00', 0, 'notYet', samplePlan().opensAt.community),
      line('08:15', 0, 'notYet', samplePlan().opensAt.community),
    ]);
    expect(await intervals([], COMMUNITY, at('2026-02-25T07:00:00.000'))).toMatchObject([
      { free: 1 },
      { free: 1 },
    ]);
    expect(await intervals([], COMMUNITY, OPEN)).toMatchObject([{ free: 3 }, { free: 2 }]);
  });

  it('returns what is left of every quota to the public', async () => {
    expect(await intervals([], PUBLIC, at('2026-03-15T06:59:59.999'))).toMatchObject([
      { free: 2 },
      { free: 1 },
    ]);
    expect(await intervals([], PUBLIC, at('2026-03-15T07:00:00.000'))).toMatchObject([
      { free: 3 },
      { free: 3 },
    ]);
  });

  it('says when an interval without public slots opens to the public: when they return', async () => {
    const slots = [{ slotId: 'N01', tier: 'community' as const }];
    const only = registered({ intervals: [{ start: '08:00', end: '08:15', slots }] });
    const document = await documentAfter([], only);
    expect(intervalAvailability(document, PUBLIC, OPEN)).toMatchObject([
      { free: 0, bookability: 'notYet', opensAt: samplePlan().returnsAt },
    ]);
    const taken = await documentAfter([booked('N01', 1)], only);
    expect(intervalAvailability(taken, PUBLIC, at('2026-03-15T07:00:00'))).toMatchObject([
      { bookability: 'full', opensAt: null },
    ]);
  });
});

describe('an interval', () => {
  it('can be booked until its end', async () => {
    expect(await intervals([], PUBLIC, at('2026-03-16T08:14:59.999'))).toMatchObject([
      { free: 3, bookability: 'open' },
      { free: 3, bookability: 'open' },
    ]);
    expect(await intervals([], PUBLIC, at('2026-03-16T08:15:00.000'))).toMatchObject([
      { free: 0, bookability: 'over' },
      { free: 3, bookability: 'open' },
    ]);
    expect(await intervals([closed], PUBLIC, OPEN)).toMatchObject([
      { free: 0, bookability: 'over' },
      { free: 0, bookability: 'over' },
    ]);
  });

  it('is full when all that is open is held or booked', async () => {
    expect(await intervals([booked('N01', 1), held('N02', 2)], PUBLIC, OPEN)).toEqual([
      line('08:00', 0, 'full'),
      line('08:15', 1, 'open'),
    ]);
    expect(await intervals([booked('N01', 1), held('N02', 2)], COMMUNITY, OPEN)).toMatchObject([
      { free: 1, bookability: 'open' },
      { free: 2 },
    ]);
  });

  it('gives a cancelled slot back at its time, not before', async () => {
    const events = [booked('N04', 1), cancelled('N04', 1)];
    expect(await intervals(events, PUBLIC, at('2026-03-10T09:19:59.999'))).toMatchObject([
      {},
      { free: 0, bookability: 'full' },
    ]);
    expect(await intervals(events, PUBLIC, at('2026-03-10T09:20:00.000'))).toMatchObject([
      {},
      { free: 1, bookability: 'open' },
    ]);
  });

  it('gives an expired hold back at once', async () => {
    const expired: PoolEvent = { type: 'HoldExpired', data: ofBooking('N01', 1) };
    expect(await intervals([held('N01', 1), expired], PUBLIC, OPEN)).toMatchObject([{ free: 2 }, {}]);
  });

  it('is suspended from the moment on that the schedule says so, until that is revoked', async () => {
    const all = ['N01', 'N02', 'N03'];
    const off = [booked('N01', 1), suspended(all, ['08:00']), ...all.slice(1).map((id) => fenced(id, null))];
    expect(await intervals([...off, fenced('N01', 1)], PUBLIC, OPEN)).toEqual([
      line('08:00', 0, 'suspended'),
      line('08:15', 1, 'open'),
    ]);
    expect(await intervals([suspended(all, ['08:00'])], PUBLIC, OPEN)).toMatchObject([
      { bookability: 'suspended' },
      { bookability: 'open' },
    ]);
    const back = [...off, fenced('N01', 1), revoked(all), ...all.map(unfenced)];
    expect(await intervals(back, PUBLIC, OPEN)).toMatchObject([{ free: 2, bookability: 'open' }, {}]);
  });

  it('loses withdrawn slots; without any it is no interval', async () => {
    expect(await intervals([withdrawn(['N01'])], PUBLIC, OPEN)).toMatchObject([
      { free: 1, total: 2 },
      { free: 1, total: 3 },
    ]);
    const first = withdrawn(['N01', 'N02', 'N03']);
    expect(await intervals([first], PUBLIC, OPEN)).toEqual([line('08:15', 1, 'open')]);
    const kept = await intervals([booked('N01', 1), first], PUBLIC, OPEN);
    expect(kept).toMatchObject([{ start: '08:00', free: 0, total: 1, bookability: 'full' }, {}]);
  });
});

describe('a schedule and a day', () => {
  it('say the best of what their parts say', async () => {
    const full = [booked('N01', 1), booked('N02', 2), booked('N04', 3)];
    const of = async (events: readonly PoolEvent[], now = OPEN) =>
      scheduleAvailability(await documentAfter(events), PUBLIC, now);
    expect(await of([booked('N01', 1)])).toEqual({ free: 2, total: 6, bookability: 'open', opensAt: null });
    expect(await of(full)).toMatchObject({ free: 0, total: 6, bookability: 'full' });
    expect(await of(full, at('2026-03-16T08:20:00'))).toMatchObject({ free: 2, bookability: 'open' });
    expect(await of([withdrawn(['N01', 'N02', 'N03', 'N04', 'N05', 'N06'])])).toMatchObject({
      total: 0,
      bookability: 'over',
    });
  });

  it('a day lists its schedules together; a later one opens when its first does', async () => {
    const { reader } = await poolAfter([
      registered(),
      registered({}, { scheduleId: 'S2' }),
      registered({ date: '2026-03-15' }, { scheduleId: 'S3' }),
    ]);
    const documents = await reader.find<Awaited<ReturnType<typeof documentAfter>>>('schedules', {
      filter: {},
      limit: 10,
    });
    expect(dayAvailability(documents, PUBLIC, at('2026-03-01T12:00:00'))).toEqual([
      { date: '2026-03-15', free: 0, total: 6, bookability: 'notYet', opensAt: samplePlan().opensAt.public },
      { date: '2026-03-16', free: 0, total: 12, bookability: 'notYet', opensAt: samplePlan().opensAt.public },
    ]);
    expect(dayAvailability(documents, PUBLIC, OPEN)).toMatchObject([{ free: 3 }, { free: 6 }]);
  });
});

describe('tags', () => {
  const tagAfter = async (events: readonly PoolEvent[], now = OPEN, slotId = 'N01') =>
    slotsNow(await documentAfter(events), now).find((slot) => slot.slotId === slotId)?.tag;
  const after = at('2026-03-17T00:00:00');

  it('of a slot that nobody touched follow from the time alone', async () => {
    expect(await tagAfter([], at('2026-03-02T06:59:59.999'))).toBe('unopened');
    expect(await tagAfter([], at('2026-03-02T07:00:00.000'))).toBe('open');
    expect(await tagAfter([], at('2026-03-16T08:15:00.000'))).toBe('unused');
    expect(await tagAfter([closed])).toBe('unused');
  });

  it('tell how the newest booking stands or ended', async () => {
    const reported = (type: 'BookingFulfilled' | 'NoShowReported' | 'BookingUnreported'): PoolEvent => ({
      type,
      data: ofBooking('N01', 1),
    });
    const checkedIn: PoolEvent = { type: 'PatientCheckedIn', data: { ...ofBooking('N01', 1), late: false } };
    const atDesk: PoolEvent = {
      type: 'BookingRegistered',
      data: { ...ofBooking('N01', 1), registrationNumber: 'G1' },
    };
    const first = booked('N01', 1);
    expect(await tagAfter([held('N01', 1)])).toBe('held');
    expect(await tagAfter([first])).toBe('booked');
    expect(await tagAfter([first, checkedIn])).toBe('checkedIn');
    expect(await tagAfter([first, checkedIn, atDesk])).toBe('registered');
    expect(await tagAfter([first, reported('BookingFulfilled')], after)).toBe('fulfilled');
    expect(await tagAfter([first, reported('NoShowReported')], after)).toBe('noShow');
    expect(await tagAfter([first, reported('BookingUnreported')], after)).toBe('unreported');
    const correction = { ...ofBooking('N01', 1), from: 'noShow', to: 'fulfilled', reason: '误报' } as const;
    const corrected: PoolEvent = { type: 'OutcomeCorrected', data: correction };
    expect(await tagAfter([first, reported('NoShowReported'), corrected], after)).toBe('fulfilled');
  });

  it('tell a cancellation until the slot can be had again, and for good when nobody took it', async () => {
    const events = [booked('N01', 1), cancelled('N01', 1, 'lateCancelled')];
    expect(await tagAfter(events, at('2026-03-10T09:00:00'))).toBe('lateCancelled');
    expect(await tagAfter(events, at('2026-03-10T09:30:00'))).toBe('open');
    expect(await tagAfter(events, after)).toBe('lateCancelled');
    expect(await tagAfter([...events, booked('N01', 2)])).toBe('booked');
  });

  it('tell suspension and withdrawal', async () => {
    expect(await tagAfter([booked('N01', 1), suspended(['N01']), fenced('N01', 1)])).toBe('suspended');
    expect(await tagAfter([withdrawn(['N01'])])).toBe('withdrawn');
    expect(await tagAfter([booked('N01', 1), withdrawn(['N01'])])).toBe('booked');
  });
});

describe('properties', () => {
  it('what is said to open then is what the plan opens then', async () => {
    const document = await documentAfter([]);
    const tiers = fc
      .subarray(Object.keys(TIERS) as Tier[])
      .map((others) => [...new Set([...PUBLIC, ...others])]);
    const minutes = fc.integer({ min: 0, max: 60 * 24 * 25 });
    await fc.assert(
      fc.property(tiers, minutes, (viewer, minute) => {
        const now = new Date(Date.parse('2026-02-20T00:00:00+08:00') + minute * 60_000);
        const lines = intervalAvailability(document, viewer, now);
        const free = document.intervals.map(
          ({ end, slots }) =>
            slots.filter(
              ({ tier }) =>
                viewer.some((wanted) => isOpen(document.plan, tier, wanted, now)) &&
                now < at(`2026-03-16T${end}:00`),
            ).length,
        );
        expect(lines.map((each) => each.free)).toEqual(free);
        for (const { opensAt } of lines)
          if (opensAt !== null) expect(Date.parse(opensAt)).toBeGreaterThan(now.getTime());
        for (const each of lines) expect(each.bookability === 'open').toBe(each.free > 0);
      }),
    );
  });
});
