import { UnknownEventVersion } from '@qingpu/contracts/events/catalogue';
import { scheduleEvents, slotEvents } from '@qingpu/contracts/events/slots';
import {
  sampleId,
  sampleInterval,
  samplePlan,
  sampleScheduleDetails,
} from '@qingpu/contracts/testing/sample-slots';
import { FakeViewStore } from '@qingpu/read-models-kernel/testing/fake-view-store';
import { contentOf, minuteOf, takeInto } from '@qingpu/read-models-kernel/testing/view-log';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slotPool } from './projection.ts';
import { scheduleDocumentId } from './queries.ts';
import { recordOf, slotsNow, stateOf } from './slots-now.ts';
import {
  added,
  amended,
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
  poolLog,
  registered,
  revoked,
  substituted,
  suspended,
  unfenced,
  withdrawn,
} from './testing/pool-log.ts';
import { slotHistory } from './testing/slot-histories.ts';
import { slotPoolView } from './view.ts';

const FIRST = ['N01', 'N02', 'N03'];
const plannedAt = samplePlan().opensAt.public;

/** One event of every type, in an order that the write side allows. */
const EVERY_TYPE: readonly PoolEvent[] = [
  registered(),
  amended({ feeFen: 3000 }),
  { type: 'TierOpened', data: { ...KEY, tier: 'public', plannedAt } },
  added('08:30', '08:45', [{ slotId: 'X1', tier: 'public' }]),
  held('N01', 1),
  { type: 'HoldExpired', data: ofBooking('N01', 1) },
  { type: 'ClaimVoided', data: ofBooking('N01', 2) },
  booked('N01', 3),
  { type: 'PatientCheckedIn', data: { ...ofBooking('N01', 3), late: false } },
  { type: 'BookingRegistered', data: { ...ofBooking('N01', 3), registrationNumber: 'G1' } },
  {
    type: 'RegistrationRefused',
    data: { ...ofBooking('N01', 3), paymentId: sampleId(900), cause: 'booking-over' },
  },
  { type: 'BookingFulfilled', data: ofBooking('N01', 3) },
  booked('N02', 4),
  { type: 'NoShowReported', data: ofBooking('N02', 4) },
  {
    type: 'OutcomeCorrected',
    data: { ...ofBooking('N02', 4), from: 'noShow', to: 'fulfilled', reason: '误报' },
  },
  booked('N03', 5),
  { type: 'BookingUnreported', data: ofBooking('N03', 5) },
  booked('N04', 6),
  cancelled('N04', 6),
  booked('N05', 7),
  suspended(['N04', 'N05', 'N06'], ['08:15']),
  fenced('N05', 7),
  { type: 'BookingRehomed', data: { ...ofBooking('N05', 7), toBookingId: sampleId(8) } },
  revoked(['N04', 'N05', 'N06']),
  unfenced('N05'),
  withdrawn(['N06']),
  substituted,
  { type: 'QuotaReturned', data: { ...KEY, plannedAt: samplePlan().returnsAt } },
  closed,
];

async function scheduleAfter(events: readonly PoolEvent[]) {
  const { pool } = await poolAfter(events);
  const document = await pool.document(KEY);
  if (!document) throw new Error('the schedule is not there');
  return document;
}

async function recordAfter(events: readonly PoolEvent[], slotId = 'N01') {
  return recordOf(await scheduleAfter([registered(), ...events]), slotId);
}

describe('the schedule', () => {
  it('the sample holds every event type of the catalogues', () => {
    const types = [...Object.keys(scheduleEvents), ...Object.keys(slotEvents)];
    expect(new Set(EVERY_TYPE.map(({ type }) => type))).toEqual(new Set(types));
  });

  it('ScheduleRegistered: all that it says, its slot ids, a key by the time of the visit', async () => {
    const stream = `schedule-${INSTITUTION}.S1`;
    expect(await scheduleAfter([registered()])).toEqual({
      _id: stream,
      guard: 1n,
      ...KEY,
      ...sampleScheduleDetails(),
      mode: 'hosted',
      sensitivity: 'usual',
      doctorTitle: '232',
      plan: samplePlan(),
      slotIds: ['N01', 'N02', 'N03', 'N04', 'N05', 'N06'],
      detailsRevision: 0,
      visitKey: `2026-03-16 08:00 ${stream}`,
      substitution: null,
      substituteCode: null,
      closed: null,
      revision: 0,
      registeredAt: minuteOf(0),
    });
  });

  it('ScheduleAmended: stands in for all that was said before', async () => {
    const intervals = [sampleInterval('13:30', '13:45', ['public'], 9)];
    expect(
      await scheduleAfter([registered(), amended({ date: '2026-03-17', feeFen: 0, intervals })]),
    ).toMatchObject({
      guard: 2n,
      revision: 1,
      detailsRevision: 1,
      date: '2026-03-17',
      feeFen: 0,
      intervals,
      slotIds: ['N09'],
      visitKey: expect.stringMatching(/^2026-03-17 13:30 /),
      registeredAt: minuteOf(0),
    });
  });

  it('SlotsAdded: joins the slots, until an amendment says all anew', async () => {
    const more = added('08:30', '08:45', [{ slotId: 'X1', tier: 'public' }]);
    const late = added('08:00', '08:15', [{ slotId: 'X2', tier: 'public' }]);
    const slotsAfter = async (events: readonly PoolEvent[]) =>
      slotsNow(await scheduleAfter([registered(), ...events]), new Date()).map(({ slotId }) => slotId);
    const all = ['N01', 'N02', 'N03', 'X2', 'N04', 'N05', 'N06', 'X1'];
    expect(await slotsAfter([more, late])).toEqual(all);
    expect(await slotsAfter([more, late, amended()])).toEqual(all.filter((id) => id.startsWith('N')));
    expect(await slotsAfter([more, amended(), late])).toEqual(all.filter((id) => id !== 'X1'));
  });

  it('ScheduleSuspended and SuspensionRevoked: what was said, and a fence on every slot at once', async () => {
    const document = await scheduleAfter([registered(), suspended(FIRST, ['08:00'])]);
    const suspension = { cause: 'surgery', reason: '急诊手术', starts: ['08:00'], at: minuteOf(1) };
    expect(document.suspensions).toEqual({ [sampleId(700)]: suspension });
    expect(FIRST.map((slotId) => recordOf(document, slotId))).toEqual(
      FIRST.map(() => ({ fences: { [sampleId(700)]: 'suspension' } })),
    );
    expect(recordOf(document, 'N04')).toEqual({});
    const after = await scheduleAfter([registered(), suspended(FIRST, ['08:00']), revoked(FIRST)]);
    expect(after.suspensions).toEqual({ [sampleId(700)]: { ...suspension, revokedAt: minuteOf(2) } });
    expect(recordOf(after, 'N01')).toEqual({ fences: { [sampleId(700)]: null } });
  });

  it('SlotsWithdrawn: a fence of its own, which a revoked suspension leaves alone', async () => {
    const document = await scheduleAfter([
      registered(),
      withdrawn(['N01']),
      suspended(FIRST),
      revoked(FIRST),
    ]);
    expect(stateOf(recordOf(document, 'N01'), new Date())).toBe('withdrawn');
    expect(stateOf(recordOf(document, 'N02'), new Date())).toBe('free');
  });

  it('DoctorSubstituted, ScheduleClosed: who comes instead, and that it is over', async () => {
    const document = await scheduleAfter([registered(), substituted, closed]);
    expect(document).toMatchObject({
      doctorCode: 'D1',
      substituteCode: 'D2',
      substitution: { doctorCode: 'D2', doctorTitle: '231', cause: 'leave', reason: '请假', at: minuteOf(1) },
      closed: { reason: '提前结束', at: minuteOf(2) },
      revision: 2,
    });
  });

  it('TierOpened, QuotaReturned, ScheduleClosed: settle what was to be recorded', async () => {
    const openSteps = async (events: readonly PoolEvent[]) => {
      const { release_steps: steps = [] } = await contentOf(slotPoolView, (await poolAfter(events)).store);
      return steps
        .map((step) => step as unknown as { step: string; settled: boolean })
        .flatMap(({ step, settled }) => (settled ? [] : [step]));
    };
    const opened: PoolEvent = { type: 'TierOpened', data: { ...KEY, tier: 'community', plannedAt } };
    const returned: PoolEvent = { type: 'QuotaReturned', data: { ...KEY, plannedAt } };
    expect(await openSteps([registered()])).toEqual([
      'community',
      'contracted',
      'public',
      'referral',
      'return',
    ]);
    expect(await openSteps([registered(), opened, returned])).toEqual(['contracted', 'public', 'referral']);
    expect(await openSteps([registered(), opened, amended()])).toEqual([
      'contracted',
      'public',
      'referral',
      'return',
    ]);
    expect(await openSteps([registered(), closed])).toEqual([]);
  });
});

describe('a slot', () => {
  const fresh = { bookingId: sampleId(1), returnsAt: null, checkedIn: false, registered: false };

  it('SlotHeld, SlotBooked, HoldExpired', async () => {
    expect(await recordAfter([held('N01', 1)])).toEqual({ ...fresh, step: 'held', revision: 0 });
    expect(await recordAfter([booked('N01', 1)])).toEqual({ ...fresh, step: 'booked', revision: 0 });
    expect(await recordAfter([held('N01', 1), booked('N01', 1)])).toMatchObject({
      step: 'booked',
      revision: 1,
    });
    expect(
      await recordAfter([held('N01', 1), { type: 'HoldExpired', data: ofBooking('N01', 1) }]),
    ).toMatchObject({ step: 'free', outcomes: { [sampleId(1)]: 'expired' }, revision: 1 });
  });

  it('BookingCancelled: free again, but not before its time; the next booking forgets that', async () => {
    const record = await recordAfter([booked('N01', 1), cancelled('N01', 1)]);
    expect(record).toMatchObject({
      step: 'free',
      returnsAt: '2026-03-10T09:20:00.000+08:00',
      outcomes: { [sampleId(1)]: 'cancelledByPatient' },
    });
    expect(await recordAfter([booked('N01', 1), cancelled('N01', 1), booked('N01', 2)])).toMatchObject({
      step: 'booked',
      bookingId: sampleId(2),
      returnsAt: null,
    });
  });

  it('PatientCheckedIn, BookingRegistered: in either order', async () => {
    const checkedIn: PoolEvent = {
      type: 'PatientCheckedIn',
      data: { ...ofBooking('N01', 1), late: false },
    };
    const atDesk: PoolEvent = {
      type: 'BookingRegistered',
      data: { ...ofBooking('N01', 1), registrationNumber: 'G1' },
    };
    const both = { step: 'booked', checkedIn: true, registered: true };
    expect(await recordAfter([booked('N01', 1), checkedIn, atDesk])).toMatchObject(both);
    expect(await recordAfter([booked('N01', 1), atDesk, checkedIn])).toMatchObject(both);
  });

  it.each([
    ['BookingFulfilled', 'fulfilled'],
    ['NoShowReported', 'noShow'],
    ['BookingUnreported', 'unreported'],
  ] as const)('%s: closed as %s', async (type, outcome) => {
    expect(await recordAfter([booked('N01', 1), { type, data: ofBooking('N01', 1) }])).toMatchObject({
      step: 'closed',
      outcomes: { [sampleId(1)]: outcome },
    });
  });

  it('OutcomeCorrected: changes the story of that booking only, though the slot is another’s by now', async () => {
    const record = await recordAfter([
      booked('N01', 1),
      cancelled('N01', 1, 'lateCancelled'),
      booked('N01', 2),
      {
        type: 'OutcomeCorrected',
        data: { ...ofBooking('N01', 1), from: 'lateCancelled', to: 'cancelledByHospital', reason: '申诉' },
      },
    ]);
    expect(record).toMatchObject({
      step: 'booked',
      bookingId: sampleId(2),
      outcomes: { [sampleId(1)]: 'cancelledByHospital' },
      revision: 3,
    });
  });

  it('SlotFenced, SlotUnfenced: calls off whom it displaces and nobody else', async () => {
    const off = await recordAfter([booked('N01', 1), fenced('N01', 1)]);
    expect(off).toMatchObject({ step: 'free', outcomes: { [sampleId(1)]: 'cancelledByHospital' } });
    expect(stateOf(off, new Date())).toBe('fenced');
    const kept = await recordAfter([booked('N01', 1), fenced('N01', null, 'withdrawal')]);
    expect(kept).toMatchObject({ step: 'booked', fences: { [sampleId(800)]: 'withdrawal' } });
    expect(stateOf(kept, new Date())).toBe('booked');
    const back = await recordAfter([booked('N01', 1), fenced('N01', 1), unfenced('N01')]);
    expect(stateOf(back, new Date())).toBe('free');
  });

  it('ClaimVoided, BookingRehomed: only its revision', async () => {
    expect(await recordAfter([{ type: 'ClaimVoided', data: ofBooking('N01', 1) }])).toEqual({ revision: 0 });
    const rehomed: PoolEvent = {
      type: 'BookingRehomed',
      data: { ...ofBooking('N01', 1), toBookingId: sampleId(2) },
    };
    const before = await recordAfter([booked('N01', 1), fenced('N01', 1)]);
    expect(await recordAfter([booked('N01', 1), fenced('N01', 1), rehomed])).toEqual({
      ...before,
      revision: 2,
    });
  });

  it('may have any id that a hospital may give', async () => {
    for (const slotId of ['constructor', 'toString', '1', '0']) {
      const intervals = [{ start: '08:00', end: '08:15', slots: [{ slotId, tier: 'public' as const }] }];
      const untouched = await scheduleAfter([registered({ intervals })]);
      expect(slotsNow(untouched, new Date('2026-03-02T00:00:00Z'))).toMatchObject([
        { state: 'free', revision: null },
      ]);
      const taken = await scheduleAfter([registered({ intervals }), booked(slotId, 1)]);
      expect(slotsNow(taken, new Date())).toMatchObject([{ state: 'booked', bookingId: sampleId(1) }]);
    }
  });
});

describe('what the view refuses', () => {
  it('stops on an unknown version of a declared type', async () => {
    const [stored] = poolLog([registered()]).events;
    if (!stored) throw new Error('the log is empty');
    const newer = { ...stored, metadata: { ...stored.metadata, schemaVersion: 2 } };
    await expect(takeInto(slotPool, new FakeViewStore(), [newer])).rejects.toThrow(UnknownEventVersion);
  });
});

describe('properties', () => {
  const whole = async (events: readonly PoolEvent[]) =>
    contentOf(slotPoolView, (await poolAfter(events)).store);

  it('batches cut anywhere, with every event taken in again, give the same documents as one batch', async () => {
    const history = fc.shuffledSubarray([...EVERY_TYPE.slice(1)]).map((rest) => [registered(), ...rest]);
    const cuts = fc.array(fc.record({ cut: fc.nat(30), rewind: fc.nat(30) }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(history, cuts, async (events, batches) => {
        const log = poolLog(events).events;
        const store = new FakeViewStore();
        let done = 0;
        for (const { cut, rewind } of [...batches, { cut: log.length, rewind: 0 }]) {
          const batch = log.slice(Math.max(0, done - rewind), Math.max(done, cut));
          await takeInto(slotPool, store, batch);
          await takeInto(slotPool, store, batch);
          done = Math.min(log.length, Math.max(done, cut));
        }
        for (const event of log) await takeInto(slotPool, store, [event]);
        expect(await contentOf(slotPoolView, store)).toEqual(await whole(events));
      }),
    );
  });

  it('whatever happens to its slots, a schedule counts each of them once, as its own history leaves it', async () => {
    const moves = fc.array(fc.record({ slot: fc.nat(5), move: fc.nat(9) }), { maxLength: 80 });
    const now = new Date('2026-03-05T12:00:00+08:00');
    await fc.assert(
      fc.asyncProperty(moves, async (made) => {
        const { events, slots } = slotHistory(made);
        const { pool } = await poolAfter(events);
        const detail = await pool.deskSchedule(KEY, now);
        expect(detail?.slots.map(({ slotId, state }) => ({ slotId, state }))).toEqual(slots);
        const count = (state: string) => slots.filter((slot) => slot.state === state).length;
        const tiers = Object.values(detail?.schedule.tiers ?? {});
        expect(tiers.reduce((sum, { free }) => sum + free, 0)).toBe(count('free'));
        expect(tiers.reduce((sum, { total }) => sum + total, 0)).toBe(slots.length - count('withdrawn'));
        expect(detail?.schedule).toMatchObject({
          booked: count('booked'),
          held: count('held'),
          fenced: count('fenced'),
        });
        const tally = (await pool.tally({}, now)).byInstitution.get(INSTITUTION);
        const tags = Object.values(tally?.tags ?? {});
        expect(tags.every((each) => each >= 0)).toBe(true);
        expect(tags.reduce((sum, each) => sum + each, 0)).toBe(slots.length);
        expect(tally?.total).toBe(slots.length);
      }),
    );
  });
});

describe('the name of a document', () => {
  it('is that of the stream', () => {
    expect(scheduleDocumentId(KEY)).toBe(`schedule-${INSTITUTION}.S1`);
  });
});
