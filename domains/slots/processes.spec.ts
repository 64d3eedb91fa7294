import { orderNumberOf } from '@qingpu/contracts/codes/order-number';
import { type EventCatalogue, readEvent } from '@qingpu/contracts/events/catalogue';
import {
  type ScheduleEvent,
  type SlotEvent,
  scheduleEvents,
  slotEvents,
} from '@qingpu/contracts/events/slots';
import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import { bookingNoticePayloadSchema } from '@qingpu/contracts/partners/channel/booking-notice';
import { bookingOrderPayloadSchema } from '@qingpu/contracts/partners/hospital/booking-order';
import type { ProcessManager } from '@qingpu/domains-kernel/process-manager';
import { describe, expect, it } from 'vitest';
import { bookingSettlementProcess } from './booking-settlement.process.ts';
import { channelNoticesProcess, reminderOf } from './channel-notices.process.ts';
import { hospitalOrdersProcess } from './hospital-orders.process.ts';
import { scheduleStream, slotStream } from './streams.ts';
import { suspensionAnnouncementProcess } from './suspension-announcement.process.ts';
import { suspensionFencingProcess } from './suspension-fencing.process.ts';
import {
  at,
  DAY,
  idOf,
  institutionCode,
  personId,
  sampleBooking,
  sampleSlot,
  scheduleKey,
  slotKey,
} from './testing/sample-pool.ts';

const AT = '2026-03-10T10:00:00.000+08:00';
const booking = sampleBooking(1);
const ids = { ...slotKey, bookingId: booking.bookingId, personId };
const displaced = { bookingId: booking.bookingId, personId };
const order = { orderNumber: booking.orderNumber, personId };

function stored(stream: string, event: SlotEvent | ScheduleEvent): StoredEvent {
  return {
    id: idOf(700),
    ...event,
    stream,
    revision: 3,
    position: 7n,
    metadata: {
      schemaVersion: 1,
      commandId: idOf(701),
      bodyHmac: 'hmac',
      actor: { kind: 'resident', id: 'account-1' },
      correlationId: 'c',
      causationId: 'c',
      occurredAt: AT,
    },
  };
}

/** What a process does with an event, read as the runner reads it. */
function reaction<Catalogue extends EventCatalogue, Command>(
  process: ProcessManager<Catalogue, Command>,
  source: StoredEvent,
): readonly Command[] {
  const { type, data, metadata } = source;
  const event = readEvent(process.catalogue, { type, version: metadata.schemaVersion, data });
  return event ? process.react(event, source) : [];
}

const ofSlot = (event: SlotEvent) => stored(slotStream(slotKey), event);
const ofSchedule = (event: ScheduleEvent) => stored(scheduleStream(scheduleKey), event);

const bookedAs = (changes: Partial<typeof booking> = {}, slot = sampleSlot()) =>
  ofSlot({
    type: 'SlotBooked',
    data: { slot, booking: { ...booking, ...changes }, hospitalOrderNumber: null },
  });
const cancelled = (outcome: 'cancelledByPatient' | 'lateCancelled' | 'cancelledByHospital') =>
  ofSlot({
    type: 'BookingCancelled',
    data: { ...ids, by: 'patient', outcome, reason: '临时有事', returnsAt: null },
  });
function notConfirmed(kind: 'system' | 'resident'): StoredEvent {
  const event = ofSlot({ type: 'HoldExpired', data: { ...ids, refusal: 'hospital-not-confirmed' } });
  return { ...event, metadata: { ...event.metadata, actor: { kind, id: 'someone' } } };
}
const fenced = (who: typeof displaced | null) =>
  ofSlot({
    type: 'SlotFenced',
    data: { ...slotKey, cause: 'suspension', causeId: idOf(50), displaced: who },
  });
const suspended = ofSchedule({
  type: 'ScheduleSuspended',
  data: {
    ...scheduleKey,
    suspensionId: idOf(50),
    cause: 'surgery',
    reason: '急诊手术',
    starts: ['08:00'],
    slotIds: ['A1', 'A2'],
  },
});
const revoked = ofSchedule({
  type: 'SuspensionRevoked',
  data: { ...scheduleKey, suspensionId: idOf(50), reason: '手术改期', slotIds: ['A1', 'A2'] },
});
const withdrawn = ofSchedule({
  type: 'SlotsWithdrawn',
  data: { ...scheduleKey, withdrawalId: idOf(51), slotIds: ['B1'], reason: '设备检修' },
});
const substituted = ofSchedule({
  type: 'DoctorSubstituted',
  data: {
    ...scheduleKey,
    substitutionId: idOf(52),
    doctorCode: 'D2',
    doctorTitle: '231',
    cause: 'travel',
    reason: '出差',
  },
});
const added = ofSchedule({
  type: 'SlotsAdded',
  data: {
    ...scheduleKey,
    intervals: [{ start: '09:00', end: '09:15', slots: [{ slotId: 'C1', tier: 'public' }] }],
  },
});

describe('every process', () => {
  const PROCESSES = [
    suspensionFencingProcess,
    bookingSettlementProcess,
    hospitalOrdersProcess,
    channelNoticesProcess,
    suspensionAnnouncementProcess,
  ] as unknown as readonly ProcessManager[];
  const SOURCES = [
    bookedAs(),
    cancelled('lateCancelled'),
    fenced(displaced),
    suspended,
    revoked,
    withdrawn,
    substituted,
    added,
  ];

  it('asks for the same when it reacts again', () => {
    for (const process of PROCESSES)
      for (const source of SOURCES) expect(reaction(process, source)).toEqual(reaction(process, source));
  });

  it('gives each delivery an id of its own', () => {
    const deliveries = PROCESSES.flatMap((process) =>
      [bookedAs(), { ...bookedAs(), id: idOf(800) }].flatMap((source) =>
        reaction(process, source).flatMap(
          (command) => (command as { readonly deliveryId?: string }).deliveryId ?? [],
        ),
      ),
    );
    expect(deliveries).toHaveLength(4);
    expect(new Set(deliveries).size).toBe(4);
  });

  it('has a name of its own, under which it keeps its place', () => {
    expect(new Set(PROCESSES.map(({ name }) => name)).size).toBe(PROCESSES.length);
  });
});

describe('fencing', () => {
  const fence = (slotId: string, cause: string, number: number) => ({
    type: 'FenceSlot',
    ...scheduleKey,
    slotId,
    cause,
    causeId: idOf(number),
  });

  it('puts up a fence at every slot that a suspension or a withdrawal names', () => {
    expect(reaction(suspensionFencingProcess, suspended)).toEqual([
      fence('A1', 'suspension', 50),
      fence('A2', 'suspension', 50),
    ]);
    expect(reaction(suspensionFencingProcess, withdrawn)).toEqual([fence('B1', 'withdrawal', 51)]);
  });

  it('takes down the fences of a suspension that was revoked', () => {
    expect(reaction(suspensionFencingProcess, revoked)).toEqual(
      ['A1', 'A2'].map((slotId) => ({ type: 'UnfenceSlot', ...scheduleKey, slotId, causeId: idOf(50) })),
    );
  });
});

describe('settlement', () => {
  const closed = (outcome: string) => [
    { type: 'CloseBooking', personId, bookingId: booking.bookingId, outcome, on: '2026-03-10' },
  ];
  const settled = { type: 'SettleClaim', personId, bookingId: booking.bookingId };

  it('tells the ledger that a claim came through, as a booking or a hold', () => {
    expect(reaction(bookingSettlementProcess, bookedAs())).toEqual([settled]);
    const held = { slot: sampleSlot(), booking, purpose: 'prepayment', until: AT } as const;
    expect(reaction(bookingSettlementProcess, ofSlot({ type: 'SlotHeld', data: held }))).toEqual([settled]);
  });

  it('tells the booking that was called off which one stands in for it', () => {
    expect(reaction(bookingSettlementProcess, bookedAs({ replaces: idOf(9) }))).toEqual([
      settled,
      { type: 'MarkRehomed', personId, bookingId: idOf(9), toBookingId: booking.bookingId },
    ]);
  });

  it.each<[SlotEvent['type'], string]>([
    ['HoldExpired', 'expired'],
    ['BookingFulfilled', 'fulfilled'],
    ['NoShowReported', 'noShow'],
    ['BookingUnreported', 'unreported'],
  ])('closes the booking on %s', (type, outcome) => {
    const source = ofSlot({ type, data: ids } as SlotEvent);
    expect(reaction(bookingSettlementProcess, source)).toEqual(closed(outcome));
  });

  it('closes the booking with the outcome of its cancellation, or of the fence', () => {
    for (const outcome of ['cancelledByPatient', 'lateCancelled', 'cancelledByHospital'] as const)
      expect(reaction(bookingSettlementProcess, cancelled(outcome))).toEqual(closed(outcome));
    expect(reaction(bookingSettlementProcess, fenced(displaced))).toEqual(closed('cancelledByHospital'));
    expect(reaction(bookingSettlementProcess, fenced(null))).toEqual([]);
  });

  it('corrects what it closed', () => {
    const data = { ...ids, from: 'noShow', to: 'fulfilled', reason: '登记有误' } as const;
    expect(reaction(bookingSettlementProcess, ofSlot({ type: 'OutcomeCorrected', data }))).toEqual([
      {
        type: 'CorrectClosure',
        personId,
        bookingId: booking.bookingId,
        outcome: 'fulfilled',
        reason: '登记有误',
      },
    ]);
  });
});

describe('orders to the hospital', () => {
  it('carry the whole booking, the person by id only, in the order of the slot', () => {
    const [request] = reaction(hospitalOrdersProcess, bookedAs({ replaces: idOf(9) }));
    expect(request).toMatchObject({
      kind: 'booking-order',
      recipient: institutionCode,
      order: slotStream(slotKey),
      payload: {
        deliveryId: request?.deliveryId,
        state: 'booked',
        orderNumber: booking.orderNumber,
        revision: 3,
        at: AT,
        slotId: 'A1',
        date: DAY,
        start: '08:00',
        personId,
        replaces: orderNumberOf(idOf(9)),
      },
    });
    expect(bookingOrderPayloadSchema.safeParse(request?.payload).error).toBeUndefined();
  });

  it.each([
    ['a cancellation', cancelled('lateCancelled'), 'lateCancelled'],
    ['a suspension', fenced(displaced), 'cancelledByHospital'],
  ])('say that %s ended the order, without the person', (_what, source, outcome) => {
    const [request] = reaction(hospitalOrdersProcess, source);
    expect(request?.payload).toEqual({
      deliveryId: request?.deliveryId,
      institutionCode,
      orderNumber: booking.orderNumber,
      revision: 3,
      at: AT,
      scheduleId: 'P1',
      slotId: 'A1',
      state: 'cancelled',
      outcome,
    });
    expect(bookingOrderPayloadSchema.safeParse(request?.payload).error).toBeUndefined();
  });

  it('are not sent for a fence at a slot that nobody had booked', () => {
    expect(reaction(hospitalOrdersProcess, fenced(null))).toEqual([]);
  });
});

describe('notices to the channels', () => {
  const noticeOf = (source: StoredEvent) => {
    const [request, ...more] = reaction(channelNoticesProcess, source);
    expect(more).toEqual([]);
    expect(request).toMatchObject({
      kind: 'booking-notice',
      recipient: 'service-channels',
      order: `service-channels ${source.stream}`,
    });
    expect(bookingNoticePayloadSchema.safeParse(request?.payload).error).toBeUndefined();
    return request?.payload;
  };

  it('say when and where a visit was booked', () => {
    expect(noticeOf(bookedAs())).toMatchObject({
      occasion: 'booked',
      ...order,
      visit: { date: DAY, start: '08:00', end: '08:15', departmentCode: 'K0304', doctorCode: 'D1' },
    });
  });

  it('keep to themselves what a specially protected visit is about', () => {
    const notice = noticeOf(bookedAs({}, sampleSlot({ sensitivity: 'level5' })));
    expect(notice).toMatchObject({ visit: { date: DAY, departmentCode: null, doctorCode: null } });
    expect(JSON.stringify(notice)).not.toMatch(/K0304|D1|C1/);
  });

  it('tell a cancellation from being called off', () => {
    expect(noticeOf(cancelled('lateCancelled'))).toMatchObject({ occasion: 'cancelled', ...order });
    expect(noticeOf(cancelled('cancelledByHospital'))).toMatchObject({ occasion: 'calledOff', ...order });
    expect(noticeOf(fenced(displaced))).toMatchObject({ occasion: 'calledOff', ...order });
    expect(noticeOf(notConfirmed('system'))).toMatchObject({ occasion: 'notConfirmed', ...order });
    // Told at once, or nothing that a hospital refused.
    expect(reaction(channelNoticesProcess, notConfirmed('resident'))).toEqual([]);
    expect(reaction(channelNoticesProcess, ofSlot({ type: 'HoldExpired', data: ids }))).toEqual([]);
    expect(reaction(channelNoticesProcess, fenced(null))).toEqual([]);
  });

  it.each([
    ['slotsAdded', added, ['C1'], null],
    ['slotsWithdrawn', withdrawn, ['B1'], null],
    ['suspended', suspended, ['A1', 'A2'], null],
    ['suspensionRevoked', revoked, ['A1', 'A2'], null],
    ['substituted', substituted, [], 'D2'],
  ] as const)('say what became of a schedule: %s', (occasion, source, slotIds, doctorCode) => {
    expect(noticeOf(source)).toMatchObject({ occasion, ...scheduleKey, slotIds, doctorCode, at: AT });
  });

  it('remind of a visit once, after whatever was said of the slot before', () => {
    const first = reminderOf(sampleSlot(), booking, at('2026-03-15', '18:00'));
    const again = reminderOf(sampleSlot(), booking, at('2026-03-15', '18:05'));
    expect(first).toMatchObject({
      kind: 'booking-notice',
      order: `service-channels ${slotStream(slotKey)}`,
      payload: { occasion: 'reminder', ...order, at: '2026-03-15T18:00:00.000+08:00' },
    });
    expect(bookingNoticePayloadSchema.safeParse(first.payload).error).toBeUndefined();
    expect(again.deliveryId).toBe(first.deliveryId);
    expect(reminderOf(sampleSlot(), sampleBooking(2), at(DAY, '00:00')).deliveryId).not.toBe(
      first.deliveryId,
    );
  });
});

describe('announcements', () => {
  const [announced] = reaction(suspensionAnnouncementProcess, suspended);

  it('tell of suspensions and substitutions', () => {
    expect(announced).toMatchObject({
      type: 'AnnounceScheduleChange',
      ...scheduleKey,
      kind: 'suspension',
      cause: 'surgery',
      starts: ['08:00'],
    });
    expect(reaction(suspensionAnnouncementProcess, substituted)).toMatchObject([
      { type: 'AnnounceScheduleChange', kind: 'substitution', cause: 'travel', starts: null },
    ]);
  });

  it('are taken down when the suspension is revoked', () => {
    expect(reaction(suspensionAnnouncementProcess, revoked)).toMatchObject([
      { type: 'WithdrawAnnouncement', announcementId: announced?.announcementId },
    ]);
  });
});

describe('what processes listen to', () => {
  it('is published', () => {
    const published: EventCatalogue = { ...scheduleEvents, ...slotEvents };
    for (const { catalogue } of [
      suspensionFencingProcess,
      bookingSettlementProcess,
      hospitalOrdersProcess,
      channelNoticesProcess,
      suspensionAnnouncementProcess,
    ])
      for (const [type, definition] of Object.entries(catalogue)) expect(published[type]).toBe(definition);
  });
});
