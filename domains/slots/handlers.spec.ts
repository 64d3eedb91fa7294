import type { EventCatalogue } from '@qingpu/contracts/events/catalogue';
import {
  announcementEvents,
  landingEvents,
  ledgerEvents,
  scheduleEvents,
  slotEvents,
} from '@qingpu/contracts/events/slots';
import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import {
  type CommandEnvelope,
  type CommandHandlingPorts,
  handleCommand,
} from '@qingpu/domains-kernel/command-handling';
import { readEvents } from '@qingpu/domains-kernel/read-stream';
import { FakeCommandLedger } from '@qingpu/domains-kernel/testing/fake-command-ledger';
import { FakeEventLog } from '@qingpu/domains-kernel/testing/fake-event-log';
import { describe, expect, it } from 'vitest';
import {
  AnnounceScheduleChange,
  AnnounceScheduleChangeHandler,
  PublishAnnouncement,
  PublishAnnouncementHandler,
  ReviseAnnouncement,
  ReviseAnnouncementHandler,
  WithdrawAnnouncement,
  WithdrawAnnouncementHandler,
} from './announcement.handlers.ts';
import { guidancePolicy } from './booking-policy.ts';
import {
  LandOrders,
  LandOrdersHandler,
  SettleDifference,
  SettleDifferenceHandler,
} from './landing.handlers.ts';
import type { BookingPolicies, ScheduleReferences } from './ports.ts';
import {
  ChangeSchedule,
  ChangeScheduleHandler,
  RegisterSchedule,
  RegisterScheduleHandler,
  type ScheduleChange,
} from './schedule.handlers.ts';
import {
  ActOnBooking,
  ActOnBookingHandler,
  type BookingAct,
  MarkRehomed,
  MarkRehomedHandler,
  SetFence,
  SetFenceHandler,
} from './slot.handlers.ts';
import { slot } from './slot.ts';
import { announcementStream, landingStream, ledgerStream, scheduleStream, slotStream } from './streams.ts';
import {
  at,
  DAY,
  idOf,
  institutionCode,
  knownFacts,
  personId,
  sampleBooking,
  sampleDetails,
  sampleEnvelope,
  sampleSlot,
  scheduleKey,
  slotKey,
} from './testing/sample-pool.ts';

const booking = sampleBooking(1);
const address = { ...slotKey, bookingId: booking.bookingId };

/** The handlers on a log in memory, with a directory that knows doctors D1, D2 (same title) and a rule of its own. */
class Pool {
  readonly log = new FakeEventLog();
  now = at('2026-03-10', '10:00');
  readonly asked: unknown[] = [];
  #commands = 0;
  readonly ports: CommandHandlingPorts = {
    log: this.log,
    ledger: new FakeCommandLedger(),
    clock: { now: () => this.now },
  };
  readonly #references: ScheduleReferences = {
    factsOf: async () => knownFacts,
    titleOf: async (_institution, doctorCode) => (doctorCode === 'D2' ? '232' : null),
  };
  readonly #policies: BookingPolicies = {
    for: async ({ kind, date, institutionCode: institution }) => {
      this.asked.push({ kind, date, institutionCode: institution });
      return { ...guidancePolicy, version: 'filed@2', checkInMinutesBefore: 60 };
    },
  };

  envelope(): CommandEnvelope {
    return sampleEnvelope(this.#commands++);
  }

  register(envelope = this.envelope()) {
    const handler = new RegisterScheduleHandler(this.ports, this.#references, this.#policies);
    return handler.execute(new RegisterSchedule(scheduleKey, sampleDetails(), envelope));
  }

  change(change: ScheduleChange, envelope = this.envelope()) {
    const handler = new ChangeScheduleHandler(this.ports, this.#references, this.#policies);
    return handler.execute(new ChangeSchedule(scheduleKey, change, envelope));
  }

  /** As the booking service does it: the decider and the way of a command. */
  book(replaces: string | null = null) {
    return handleCommand(this.ports, this.envelope(), {
      stream: slotStream(slotKey),
      catalogue: slotEvents,
      decider: slot,
      command: {
        type: 'BookSlot',
        slot: sampleSlot(),
        booking: { ...booking, replaces },
        hospitalOrderNumber: null,
      },
      context: async () => ({ safeguards: bookingSafeguards, chance: 0 }),
    });
  }

  act(act: BookingAct, envelope = this.envelope()) {
    return new ActOnBookingHandler(this.ports, this.#policies).execute(
      new ActOnBooking(address, act, envelope),
    );
  }

  fence() {
    const command = { type: 'FenceSlot', ...slotKey, cause: 'suspension', causeId: idOf(50) } as const;
    return new SetFenceHandler(this.ports, this.#policies).execute(new SetFence(command, this.envelope()));
  }

  rehome(bookingId: string) {
    const command = { type: 'MarkRehomed', personId, bookingId, toBookingId: idOf(2) } as const;
    return new MarkRehomedHandler(this.ports, this.#policies).execute(
      new MarkRehomed(command, this.envelope()),
    );
  }

  announce() {
    const command = {
      type: 'AnnounceScheduleChange',
      ...scheduleKey,
      announcementId: idOf(60),
      kind: 'suspension',
      cause: 'surgery',
      starts: null,
    } as const;
    return new AnnounceScheduleChangeHandler(this.ports).execute(
      new AnnounceScheduleChange(command, this.envelope()),
    );
  }

  async events(catalogue: EventCatalogue, stream: string) {
    return readEvents(catalogue, await this.log.readStream(stream)) as { type: string; data: unknown }[];
  }

  typesOf(catalogue: EventCatalogue, stream: string) {
    return this.events(catalogue, stream).then((events) => events.map(({ type }) => type));
  }
}

describe('schedules', () => {
  it('are registered with the plan of the rule on file for their kind and day', async () => {
    const pool = new Pool();
    await pool.register();
    expect(pool.asked).toEqual([{ institutionCode, kind: 'expert', date: DAY }]);
    const [registered] = await pool.events(scheduleEvents, scheduleStream(scheduleKey));
    expect(registered).toMatchObject({
      type: 'ScheduleRegistered',
      data: { mode: 'hosted', doctorTitle: '232', plan: { policyVersion: 'filed@2' } },
    });
  });

  it('are suspended, withdrawn from and substituted under the command’s id', async () => {
    const pool = new Pool();
    await pool.register();
    const changes: readonly ScheduleChange[] = [
      { type: 'SuspendSchedule', cause: 'surgery', reason: '急诊手术', starts: ['08:15'] },
      { type: 'WithdrawSlots', slotIds: ['A2'], reason: '设备检修' },
      { type: 'SubstituteDoctor', doctorCode: 'D2', cause: 'travel', reason: '出差' },
    ];
    const ids: string[] = [];
    for (const change of changes) {
      const envelope = pool.envelope();
      ids.push(envelope.commandId);
      await pool.change(change, envelope);
    }
    const events = await pool.events(scheduleEvents, scheduleStream(scheduleKey));
    expect(events.slice(1)).toMatchObject([
      { type: 'ScheduleSuspended', data: { suspensionId: ids[0] } },
      { type: 'SlotsWithdrawn', data: { withdrawalId: ids[1] } },
      { type: 'DoctorSubstituted', data: { substitutionId: ids[2], doctorTitle: '232' } },
    ]);
  });

  it('are added to by the rule of their own kind and day, and only when they are known', async () => {
    const pool = new Pool();
    const change: ScheduleChange = {
      type: 'AddSlots',
      intervals: [{ start: '09:00', end: '09:15', slots: [{ slotId: 'C1', tier: 'public' }] }],
    };
    await expect(pool.change(change)).rejects.toMatchObject({ code: 'schedule-unknown' });
    await pool.register();
    await expect(pool.change(change)).resolves.toMatchObject({ kind: 'accepted' });
    expect(pool.asked.at(-1)).toEqual({ institutionCode, kind: 'expert', date: DAY });
  });

  it('know no substitute whom the directory does not know', async () => {
    const pool = new Pool();
    await pool.register();
    const change: ScheduleChange = {
      type: 'SubstituteDoctor',
      doctorCode: 'D9',
      cause: 'travel',
      reason: '出差',
    };
    await expect(pool.change(change)).rejects.toMatchObject({ code: 'doctor-not-registered' });
  });

  it('answer a repeated command as the first time', async () => {
    const pool = new Pool();
    const envelope = pool.envelope();
    const first = await pool.register(envelope);
    expect(await pool.register(envelope)).toEqual({ ...first, replayed: true });
    const suspension = pool.envelope();
    const change: ScheduleChange = { type: 'SuspendSchedule', cause: 'leave', reason: '请假', starts: null };
    const once = await pool.change(change, suspension);
    expect(await pool.change(change, suspension)).toEqual({ ...once, replayed: true });
    expect(pool.log.all()).toHaveLength(2);
  });
});

describe('bookings', () => {
  const cancelOnTheDay: BookingAct = { type: 'CancelBooking', by: 'patient', reason: '临时有事' };
  const cancellationIn = async (pool: Pool) => {
    const [event] = readEvents(slotEvents, await pool.log.readStream(slotStream(slotKey))).slice(-1);
    if (event?.type !== 'BookingCancelled') throw new Error('the last event is a cancellation');
    return event.data;
  };

  it('are cancelled late on the day of the visit', async () => {
    const pool = new Pool();
    await pool.register();
    await pool.book();
    pool.now = at(DAY, '07:00');
    await pool.act(cancelOnTheDay);
    expect(await cancellationIn(pool)).toMatchObject({ outcome: 'lateCancelled' });
  });

  it('are not cancelled late when another doctor comes', async () => {
    const pool = new Pool();
    await pool.register();
    await pool.book();
    await pool.change({ type: 'SubstituteDoctor', doctorCode: 'D2', cause: 'travel', reason: '出差' });
    pool.now = at(DAY, '07:00');
    await pool.act(cancelOnTheDay);
    expect(await cancellationIn(pool)).toMatchObject({ outcome: 'cancelledByPatient' });
  });

  it('keep the slot back for as long as the safeguards say', async () => {
    const pool = new Pool();
    await pool.register();
    await pool.book();
    await pool.act(cancelOnTheDay);
    const { returnsAt } = await cancellationIn(pool);
    const minutes = (Date.parse(returnsAt ?? '') - pool.now.getTime()) / 60_000;
    expect(minutes).toBeGreaterThanOrEqual(bookingSafeguards.returnDelayMinutes.min);
    expect(minutes).toBeLessThanOrEqual(bookingSafeguards.returnDelayMinutes.max);
  });

  it('are checked in by the rule on file, registered and reported', async () => {
    const pool = new Pool();
    await pool.register();
    await pool.book();
    pool.now = at(DAY, '07:00');
    await pool.act({ type: 'CheckIn', by: 'patient' });
    await pool.act({ type: 'RegisterVisit', by: 'patient', registrationNumber: 'R1' });
    await pool.act({ type: 'ReportOutcome', outcome: 'fulfilled' });
    expect(await pool.typesOf(slotEvents, slotStream(slotKey))).toEqual([
      'SlotBooked',
      'PatientCheckedIn',
      'BookingRegistered',
      'BookingFulfilled',
    ]);
  });

  it('that nobody knows are said to be unknown', async () => {
    const pool = new Pool();
    await expect(pool.act(cancelOnTheDay)).rejects.toMatchObject({ code: 'booking-unknown' });
    await expect(pool.act({ type: 'CheckIn', by: 'patient' })).rejects.toMatchObject({
      code: 'booking-unknown',
    });
    await expect(pool.rehome(booking.bookingId)).rejects.toMatchObject({ code: 'booking-unknown' });
  });

  it('that were called off are found by the person’s ledger, on the slot that was tried last', async () => {
    const pool = new Pool();
    const claimed = { personId, slot: sampleSlot({ slotId: 'A0' }), booking, override: null };
    const moved = { personId, bookingId: booking.bookingId, slotId: 'A1' };
    const events = [
      { type: 'BookingClaimed', data: claimed },
      { type: 'ClaimMoved', data: moved },
    ].map(({ type, data }, index) => ({
      id: idOf(300 + index),
      type,
      data,
      metadata: {
        ...sampleEnvelope(900),
        schemaVersion: ledgerEvents.BookingClaimed.version,
        occurredAt: '2026-03-10T10:00:00.000+08:00',
      },
    }));
    await pool.log.append(ledgerStream(personId), events, 'no_stream');
    await pool.book();
    await expect(pool.rehome(booking.bookingId)).rejects.toMatchObject({ code: 'booking-not-called-off' });
    await pool.fence();
    await pool.rehome(booking.bookingId);
    expect(await pool.typesOf(slotEvents, slotStream(slotKey))).toEqual([
      'SlotBooked',
      'SlotFenced',
      'BookingRehomed',
    ]);
  });
});

describe('announcements', () => {
  it('of a suspension are shown until the day of the visits is over', async () => {
    const pool = new Pool();
    await expect(pool.announce()).rejects.toMatchObject({ code: 'schedule-unknown' });
    await pool.register();
    await pool.announce();
    const [published] = await pool.events(announcementEvents, announcementStream(idOf(60)));
    expect(published).toMatchObject({
      type: 'AnnouncementPublished',
      data: {
        kind: 'suspension',
        ...scheduleKey,
        title: '3月16日上午门诊停诊',
        shownFrom: '2026-03-10T10:00:00.000+08:00',
        shownUntil: '2026-03-17T00:00:00.000+08:00',
      },
    });
  });

  it('of the desk are published under the command’s id, revised and withdrawn', async () => {
    const pool = new Pool();
    const first = pool.envelope();
    const announcementId = first.commandId;
    const text = {
      kind: 'notice',
      title: '国庆门诊安排',
      body: '10月1日至3日停诊',
      institutionCode: null,
      scheduleId: null,
      shownFrom: null,
      shownUntil: null,
    } as const;
    await new PublishAnnouncementHandler(pool.ports).execute(new PublishAnnouncement(text, first));
    await new ReviseAnnouncementHandler(pool.ports).execute(
      new ReviseAnnouncement({ ...text, announcementId, title: '国庆门诊安排（更新）' }, pool.envelope()),
    );
    await new WithdrawAnnouncementHandler(pool.ports).execute(
      new WithdrawAnnouncement(
        { type: 'WithdrawAnnouncement', announcementId, reason: '已过期' },
        pool.envelope(),
      ),
    );
    expect(await pool.typesOf(announcementEvents, announcementStream(announcementId))).toEqual([
      'AnnouncementPublished',
      'AnnouncementRevised',
      'AnnouncementWithdrawn',
    ]);
  });
});

describe('landings', () => {
  it('keep an institution’s day in one stream', async () => {
    const pool = new Pool();
    const part = { institutionCode, date: DAY, submissionId: idOf(70), part: 1, parts: 1, orders: [] };
    await new LandOrdersHandler(pool.ports).execute(new LandOrders(part, pool.envelope()));
    const settlement = {
      institutionCode,
      date: DAY,
      orderNumber: booking.orderNumber,
      resolution: 'platformRight',
      reason: '医院补录',
    } as const;
    await new SettleDifferenceHandler(pool.ports).execute(new SettleDifference(settlement, pool.envelope()));
    expect(await pool.typesOf(landingEvents, landingStream(institutionCode, DAY))).toEqual([
      'OrdersLanded',
      'DifferenceSettled',
    ]);
  });
});
