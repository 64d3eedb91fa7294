import { codesOf } from '@qingpu/contracts/codes/directory-tables';
import { OUTCOMES, type Outcome, TIERS } from '@qingpu/contracts/codes/slot-tables';
import {
  type BookingFacts,
  type ScheduleEvent,
  type SlotEvent,
  scheduleEvents,
  slotEvents,
} from '@qingpu/contracts/events/slots';
import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import {
  type CommandEnvelope,
  type CommandHandling,
  type CommandHandlingPorts,
  handleCommand,
} from '@qingpu/domains-kernel/command-handling';
import { fold } from '@qingpu/domains-kernel/decider';
import { reactionCommandId } from '@qingpu/domains-kernel/event-ids';
import { readEvents } from '@qingpu/domains-kernel/read-stream';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { FakeCommandLedger } from '@qingpu/domains-kernel/testing/fake-command-ledger';
import { FakeEventLog } from '@qingpu/domains-kernel/testing/fake-event-log';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endOf, guidancePolicy } from './booking-policy.ts';
import { type KnownSchedule, type ScheduleCommand, schedule, suspendedSlots } from './schedule.ts';
import { type SlotCommand, slot } from './slot.ts';
import { scheduleStream, slotStream } from './streams.ts';
import { suspensionFencingProcess } from './suspension-fencing.process.ts';
import {
  at,
  DAY,
  idOf,
  knownFacts,
  sampleBooking,
  sampleDetails,
  sampleEnvelope,
  sampleSlot,
  scheduleKey,
  slotKey,
} from './testing/sample-pool.ts';

/** A log whose readings and appends are answered in the order that the property chooses. */
class ShuffledLog extends FakeEventLog {
  constructor(private readonly scheduler: fc.Scheduler) {
    super();
  }
  override async readStream(stream: string) {
    await this.scheduler.schedule(Promise.resolve(), 'read');
    return super.readStream(stream);
  }
  override async append(...args: Parameters<FakeEventLog['append']>) {
    await this.scheduler.schedule(Promise.resolve(), 'append');
    return super.append(...args);
  }
  /** Past the scheduler, for whoever looks at it afterwards. */
  history(stream: string): Promise<readonly StoredEvent[]> {
    return super.readStream(stream);
  }
}

/** What is sent at one time by several people at once, and how many minutes have passed since the last. */
interface Round<Command> {
  readonly minutes: number;
  readonly commands: readonly Command[];
}

const minutesPassed = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 40 }) },
  { weight: 2, arbitrary: fc.integer({ min: 60, max: 3_000 }) },
  { weight: 1, arbitrary: fc.integer({ min: 10_000, max: 40_000 }) },
);
const roundsOf = <Command>(command: fc.Arbitrary<Command>): fc.Arbitrary<Round<Command>[]> =>
  fc.array(
    fc.record({ minutes: minutesPassed, commands: fc.array(command, { minLength: 1, maxLength: 4 }) }),
    { maxLength: 12 },
  );

class World {
  readonly log: ShuffledLog;
  readonly #ports: CommandHandlingPorts;
  #now = at('2026-03-14', '20:00').getTime();
  #commands = 0;

  constructor(readonly scheduler: fc.Scheduler) {
    this.log = new ShuffledLog(scheduler);
    this.#ports = {
      log: this.log,
      ledger: new FakeCommandLedger(),
      clock: { now: () => new Date(this.#now) },
      retry: { attempts: 20, baseDelayMs: 0, pause: async () => undefined },
    };
  }

  pass(minutes: number): void {
    this.#now += minutes * 60_000;
  }

  get now(): Date {
    return new Date(this.#now);
  }

  toSlot(command: SlotCommand, key = slotKey, envelope = this.#envelope()): Promise<unknown> {
    return this.#handle(envelope, {
      stream: slotStream(key),
      catalogue: slotEvents,
      decider: slot,
      command,
      context: async () => ({ safeguards: bookingSafeguards, chance: 0.5 }),
    });
  }

  toSchedule(command: ScheduleCommand): Promise<unknown> {
    return this.#handle(this.#envelope(), {
      stream: scheduleStream(scheduleKey),
      catalogue: scheduleEvents,
      decider: schedule,
      command,
      context: async () => ({}),
    });
  }

  /** A rejection is an answer too; each command comes twice, as after an answer that was lost. */
  async #handle(
    envelope: CommandEnvelope,
    // biome-ignore lint/suspicious/noExplicitAny: streams of two kinds go the same way
    handling: CommandHandling<any, any, any, any>,
  ): Promise<void> {
    for (let time = 0; time < 2; time++)
      await handleCommand(this.#ports, envelope, handling).catch((error: unknown) => {
        if (!(error instanceof Rejection)) throw error;
      });
  }

  #envelope(): CommandEnvelope {
    return sampleEnvelope(this.#commands++);
  }
}

/* ---- one slot ---- */

const bookings = [sampleBooking(1), sampleBooking(2), sampleBooking(3)] as const;
const someBooking = fc.constantFrom(...bookings);
const ofBooking = fc.constantFrom(...bookings.map(({ bookingId }) => ({ ...slotKey, bookingId })));
const someFence = fc.record({
  type: fc.constantFrom('FenceSlot' as const, 'UnfenceSlot' as const),
  cause: fc.constantFrom('suspension' as const, 'withdrawal' as const),
  causeId: fc.constantFrom(idOf(50), idOf(51)),
});

const slotCommand: fc.Arbitrary<SlotCommand> = fc.oneof(
  {
    weight: 4,
    arbitrary: someBooking.map(
      (booking): SlotCommand => ({
        type: 'BookSlot',
        slot: sampleSlot(),
        booking,
        hospitalOrderNumber: null,
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(someBooking, fc.constantFrom('prepayment' as const, 'waitlist' as const, 'shared' as const))
      .map(
        ([booking, purpose]): SlotCommand => ({
          type: 'HoldSlot',
          slot: sampleSlot(),
          booking,
          purpose,
          until: '2026-03-15T00:00:00.000+08:00',
        }),
      ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(ofBooking, fc.constantFrom('patient' as const, 'desk' as const, 'hospital' as const))
      .map(
        ([address, by]): SlotCommand => ({
          type: 'CancelBooking',
          ...address,
          by,
          reason: '临时有事',
          policy: guidancePolicy,
          currentDoctor: 'D1',
        }),
      ),
  },
  someFence.map(
    ({ type, cause, causeId }): SlotCommand =>
      type === 'FenceSlot' ? { type, ...slotKey, cause, causeId } : { type, ...slotKey, causeId },
  ),
  someBooking.map(
    ({ bookingId, personId }): SlotCommand => ({ type: 'VoidClaim', ...slotKey, bookingId, personId }),
  ),
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        ofBooking,
        fc.constantFrom<object>(
          { type: 'ConfirmHold', hospitalOrderNumber: 'H1' },
          { type: 'ExpireHold' },
          { type: 'EndHold', refusal: 'hospital-slot-taken' },
          { type: 'CheckIn', by: 'patient', policy: guidancePolicy },
          { type: 'CheckIn', by: 'hospital', policy: guidancePolicy },
          { type: 'RegisterVisit', by: 'hospital', registrationNumber: 'R1' },
          { type: 'RegisterPaidVisit', paymentId: idOf(70), personId: idOf(71) },
          { type: 'ReportOutcome', outcome: 'fulfilled' },
          { type: 'ReportOutcome', outcome: 'noShow' },
          { type: 'MarkUnreported' },
          { type: 'MarkRehomed', toBookingId: idOf(9) },
        ),
      )
      .map(([address, act]) => ({ ...address, ...act }) as SlotCommand),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(ofBooking, fc.constantFrom(...codesOf(OUTCOMES))).map(
      ([address, to]): SlotCommand => ({
        type: 'CorrectOutcome',
        ...address,
        to,
        reason: '登记有误',
        because: 'report',
      }),
    ),
  },
);

interface SlotRun {
  readonly stored: readonly StoredEvent[];
  readonly life: readonly SlotEvent[];
}

async function slotRun(scheduler: fc.Scheduler, rounds: readonly Round<SlotCommand>[]): Promise<SlotRun> {
  const world = new World(scheduler);
  for (const { minutes, commands } of rounds) {
    world.pass(minutes);
    const sent = commands.map((command) => world.toSlot(command));
    await scheduler.waitFor(Promise.all(sent));
  }
  const stored = await world.log.history(slotStream(slotKey));
  return { stored, life: readEvents(slotEvents, stored) };
}

/** How an event ends a booking, if it does. */
function endOfBooking({ type, data }: SlotEvent): readonly [string, Outcome] | undefined {
  switch (type) {
    case 'HoldExpired':
      return [data.bookingId, 'expired'];
    case 'BookingCancelled':
      return [data.bookingId, data.outcome];
    case 'SlotFenced':
      return data.displaced ? [data.displaced.bookingId, 'cancelledByHospital'] : undefined;
    case 'BookingFulfilled':
      return [data.bookingId, 'fulfilled'];
    case 'NoShowReported':
      return [data.bookingId, 'noShow'];
    case 'BookingUnreported':
      return [data.bookingId, 'unreported'];
    default:
      return undefined;
  }
}

function claimOf(event: SlotEvent): BookingFacts | undefined {
  return event.type === 'SlotBooked' || event.type === 'SlotHeld' ? event.data.booking : undefined;
}

/** Each event with who had the slot before and after it. */
function lived(life: readonly SlotEvent[]) {
  let live: string | null = null;
  return life.map((event) => {
    const before = live;
    const claim = claimOf(event);
    if (claim) live = claim.bookingId;
    if (endOfBooking(event)?.[0] === live) live = null;
    return { event, claim, before, after: live };
  });
}

const slotInvariant = (name: string, holds: (run: SlotRun) => void) =>
  it(name, async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), roundsOf(slotCommand), async (scheduler, rounds) =>
        holds(await slotRun(scheduler, rounds)),
      ),
      { numRuns: 300 },
    );
  });

describe('whatever is asked of a slot, by however many at once', () => {
  slotInvariant('1: every event fits its published schema, in the order of time', ({ stored, life }) => {
    expect(life).toHaveLength(stored.length);
    const times = stored.map(({ metadata }) => metadata.occurredAt);
    expect(times).toEqual(times.toSorted());
  });

  slotInvariant('2: there are never two live bookings', ({ life }) => {
    for (const { claim, before } of lived(life)) if (claim) expect([null, claim.bookingId]).toContain(before);
  });

  slotInvariant('3: every booking ends at most once, and corrections start from how it ended', ({ life }) => {
    const outcomes = new Map<string, Outcome>();
    const claimed = new Set<string>();
    for (const event of life) {
      const claim = claimOf(event);
      if (claim) {
        expect(outcomes.has(claim.bookingId)).toBe(false);
        claimed.add(claim.bookingId);
      }
      const end = endOfBooking(event);
      if (end) {
        expect(claimed).toContain(end[0]);
        expect(outcomes.has(end[0])).toBe(false);
        outcomes.set(...end);
      }
      if (event.type === 'OutcomeCorrected') {
        expect(outcomes.get(event.data.bookingId)).toBe(event.data.from);
        expect(event.data.to).not.toBe(event.data.from);
        outcomes.set(event.data.bookingId, event.data.to);
      }
    }
  });

  slotInvariant('4: a voided claim never comes through, and none is voided that did', ({ life }) => {
    const claimed = new Set(life.flatMap((event) => claimOf(event)?.bookingId ?? []));
    for (const { type, data } of life)
      if (type === 'ClaimVoided') expect(claimed).not.toContain(data.bookingId);
  });

  slotInvariant('5: a fence leaves nothing to claim, and a suspension nobody in the slot', ({ life }) => {
    const fences = new Map<string, string>();
    for (const { event, claim, before, after } of lived(life)) {
      // A hold that a withdrawal left alone may still be confirmed.
      if (claim && claim.bookingId !== before) expect(fences.size).toBe(0);
      if (event.type === 'SlotFenced') fences.set(event.data.causeId, event.data.cause);
      if (event.type === 'SlotUnfenced') fences.delete(event.data.causeId);
      if ([...fences.values()].includes('suspension')) expect(after).toBeNull();
    }
  });

  slotInvariant(
    '6: nobody is a no-show who checked in, or before the interval is over',
    ({ stored, life }) => {
      const checkedIn = new Set<string>();
      for (const [index, event] of life.entries()) {
        if (event.type === 'PatientCheckedIn') checkedIn.add(event.data.bookingId);
        const noShow =
          event.type === 'NoShowReported' ||
          (event.type === 'OutcomeCorrected' && event.data.to === 'noShow');
        if (!noShow) continue;
        expect(checkedIn).not.toContain(event.data.bookingId);
        const when = new Date(stored[index]?.metadata.occurredAt ?? '');
        expect(when >= endOf(sampleSlot())).toBe(true);
      }
    },
  );

  it('reaches every event that a slot has, or the properties would say little', async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), roundsOf(slotCommand), async (scheduler, rounds) => {
        for (const { type } of (await slotRun(scheduler, rounds)).life) seen.add(type);
      }),
      { numRuns: 900, seed: 20260316 },
    );
    expect([...seen].toSorted()).toEqual(Object.keys(slotEvents).toSorted());
  });

  it('7: deciding the same again changes nothing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ minutes: minutesPassed, command: slotCommand }), { maxLength: 30 }),
        (steps) => {
          let state = slot.initialState;
          let now = at('2026-03-14', '20:00').getTime();
          for (const { minutes, command } of steps) {
            now += minutes * 60_000;
            const context = { now: new Date(now), safeguards: bookingSafeguards, chance: 0.5 };
            const events = decided(() => slot.decide(state, command, context));
            if (!events) continue;
            state = events.reduce(slot.evolve, state);
            expect(slot.decide(state, command, context)).toEqual([]);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

/** What was decided; undefined for a rejection. */
function decided<Event>(decide: () => readonly Event[]): readonly Event[] | undefined {
  try {
    return decide();
  } catch (error) {
    if (error instanceof Rejection) return undefined;
    throw error;
  }
}

/* ---- a schedule and its slots ---- */

const starts = fc.option(fc.subarray(['08:00', '08:15', '09:00'], { minLength: 1 }));
const suspensionId = fc.constantFrom(idOf(61), idOf(62));
const slotIds = ['A1', 'A2', 'B1', 'C1', 'C2'] as const;
const withCode = (changes: Parameters<typeof sampleDetails>[0]): ScheduleCommand => ({
  type: 'RegisterSchedule',
  ...scheduleKey,
  details: sampleDetails(changes),
  facts: knownFacts,
  policy: guidancePolicy,
});

const scheduleCommand: fc.Arbitrary<ScheduleCommand> = fc.oneof(
  fc.constantFrom(withCode({}), withCode({ feeFen: 3000 })),
  fc.constantFrom('C1', 'C2', 'A1').chain((slotId) =>
    fc.constantFrom('08:00', '09:00').map(
      (start): ScheduleCommand => ({
        type: 'AddSlots',
        ...scheduleKey,
        intervals: [{ start, end: start.replace('00', '15'), slots: [{ slotId, tier: 'public' }] }],
        policy: guidancePolicy,
      }),
    ),
  ),
  fc.tuple(fc.subarray([...slotIds], { minLength: 1 }), fc.uuid()).map(
    ([chosen, withdrawalId]): ScheduleCommand => ({
      type: 'WithdrawSlots',
      ...scheduleKey,
      withdrawalId,
      slotIds: chosen,
      reason: '设备检修',
    }),
  ),
  fc.tuple(starts, fc.uuid()).map(
    ([chosen, id]): ScheduleCommand => ({
      type: 'SuspendSchedule',
      ...scheduleKey,
      suspensionId: id,
      cause: 'surgery',
      reason: '急诊手术',
      starts: chosen,
    }),
  ),
  suspensionId.map(
    (id): ScheduleCommand => ({
      type: 'SuspendSchedule',
      ...scheduleKey,
      suspensionId: id,
      cause: 'surgery',
      reason: '急诊手术',
      starts: null,
    }),
  ),
  suspensionId.map(
    (id): ScheduleCommand => ({ type: 'RevokeSuspension', ...scheduleKey, suspensionId: id, reason: '改期' }),
  ),
  fc.constantFrom('D1', 'D2').map(
    (doctorCode): ScheduleCommand => ({
      type: 'SubstituteDoctor',
      ...scheduleKey,
      substitutionId: idOf(80),
      doctorCode,
      doctorTitle: '232',
      cause: 'travel',
      reason: '出差',
    }),
  ),
  fc.constant<ScheduleCommand>({ type: 'CloseSchedule', ...scheduleKey, reason: '提前截止' }),
  fc
    .constantFrom(...codesOf(TIERS))
    .map((tier): ScheduleCommand => ({ type: 'RecordTierOpened', ...scheduleKey, tier })),
  fc.constant<ScheduleCommand>({ type: 'RecordQuotaReturned', ...scheduleKey }),
);

const bookAnySlot = fc.tuple(fc.constantFrom(...slotIds), fc.integer({ min: 1, max: 9 }));
type PoolStep = { readonly act: ScheduleCommand } | { readonly book: readonly [string, number] };
const poolStep: fc.Arbitrary<PoolStep> = fc.oneof(
  scheduleCommand.map((act) => ({ act })),
  bookAnySlot.map((book) => ({ book })),
);

interface PoolRun {
  readonly life: readonly ScheduleEvent[];
  readonly known: KnownSchedule;
  readonly slots: ReadonlyMap<string, ReturnType<typeof fold<typeof slot.initialState, SlotEvent>>>;
  readonly world: World;
}

/** Acts on a registered schedule and bookings at once; the fencing process comes after, or in between. */
async function poolRun(scheduler: fc.Scheduler, rounds: readonly Round<PoolStep>[]): Promise<PoolRun> {
  const world = new World(scheduler);
  await scheduler.waitFor(world.toSchedule(withCode({})));
  let reacted = 0;
  const react = async () => {
    const history = await world.log.history(scheduleStream(scheduleKey));
    for (const stored of history.slice(reacted)) await fenceBy(world, stored);
    reacted = history.length;
  };
  for (const { minutes, commands } of rounds) {
    world.pass(Math.min(minutes, 60));
    const sent = commands.map((step) =>
      'act' in step ? world.toSchedule(step.act) : world.toSlot(bookingOf(step.book), slotOf(step.book[0])),
    );
    await scheduler.waitFor(Promise.all([...sent, react()]));
  }
  await scheduler.waitFor(react());
  const life = readEvents(scheduleEvents, await world.log.history(scheduleStream(scheduleKey)));
  const states = await Promise.all(
    slotIds.map(async (slotId) => {
      const history = await world.log.history(slotStream(slotOf(slotId)));
      return [slotId, fold(slot, readEvents(slotEvents, history))] as const;
    }),
  );
  return { life, known: fold(schedule, life) as KnownSchedule, slots: new Map(states), world };
}

async function fenceBy(world: World, stored: StoredEvent): Promise<void> {
  const [event] = readEvents(suspensionFencingProcess.catalogue, [stored]);
  if (!event) return;
  for (const [index, command] of suspensionFencingProcess.react(event, stored).entries()) {
    const commandId = reactionCommandId(suspensionFencingProcess.name, stored.id, index);
    await world.toSlot(command, command, { ...sampleEnvelope(0), commandId, bodyHmac: commandId });
  }
}

const slotOf = (slotId: string) => ({ ...scheduleKey, slotId });
const bookingOf = ([slotId, number]: readonly [string, number]): SlotCommand => ({
  type: 'BookSlot',
  slot: sampleSlot({ slotId }),
  booking: sampleBooking(number * 10 + slotIds.indexOf(slotId as (typeof slotIds)[number])),
  hospitalOrderNumber: null,
});

const poolInvariant = (name: string, holds: (run: PoolRun) => void | Promise<void>) =>
  it(name, async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), roundsOf(poolStep), async (scheduler, rounds) =>
        holds(await poolRun(scheduler, rounds)),
      ),
      { numRuns: 150 },
    );
  });

describe('whatever is done to a schedule, while its slots are booked', () => {
  poolInvariant('8: a released schedule keeps its details; slots only come and go by name', ({ life }) => {
    expect(life.filter(({ type }) => type === 'ScheduleRegistered')).toHaveLength(1);
    // Its first quota opened before the property begins.
    expect(life.map(({ type }) => type)).not.toContain('ScheduleAmended');
    const added = life.flatMap((event) =>
      event.type === 'SlotsAdded' ? event.data.intervals.flatMap(({ slots }) => slots) : [],
    );
    const ids = [...sampleDetails().intervals.flatMap(({ slots }) => slots), ...added].map(
      ({ slotId }) => slotId,
    );
    expect(new Set(ids).size).toBe(ids.length);
    const withdrawn = life.flatMap((event) => (event.type === 'SlotsWithdrawn' ? event.data.slotIds : []));
    expect(new Set(withdrawn).size).toBe(withdrawn.length);
  });

  poolInvariant(
    '9: once the process has caught up, fences stand exactly where the schedule says',
    ({ known, slots }) => {
      const suspended = suspendedSlots(known);
      for (const [slotId, state] of slots) {
        const causes = [...state.fences.values()];
        expect(causes.includes('suspension')).toBe(suspended.has(slotId));
        expect(causes.includes('withdrawal')).toBe(known.withdrawn.has(slotId));
        if (suspended.has(slotId)) expect(state.live).toBeNull();
      }
    },
  );

  poolInvariant(
    '10: nothing that is fenced can be booked, however old the schedule that was read',
    async ({ slots, world }) => {
      for (const [slotId, state] of slots) {
        if (state.fences.size === 0) continue;
        const stream = slotStream(slotOf(slotId));
        const before = await world.log.history(stream);
        await world.scheduler.waitFor(world.toSlot(bookingOf([slotId, 99]), slotOf(slotId)));
        expect(await world.log.history(stream)).toEqual(before);
      }
    },
  );

  poolInvariant('11: what the plan says is recorded once, with the planned time', ({ life, known }) => {
    const openings = life.flatMap((event) => (event.type === 'TierOpened' ? [event.data] : []));
    expect(new Set(openings.map(({ tier }) => tier)).size).toBe(openings.length);
    for (const { tier, plannedAt } of openings) expect(plannedAt).toBe(known.plan.opensAt[tier]);
    expect(life.filter(({ type }) => type === 'QuotaReturned').length).toBeLessThanOrEqual(1);
  });

  it('12: deciding the same again changes nothing', () => {
    fc.assert(
      fc.property(fc.array(scheduleCommand, { maxLength: 20 }), (commands) => {
        const context = { now: at(DAY, '08:10') };
        let state = schedule
          .decide(schedule.initialState, withCode({}), context)
          .reduce(schedule.evolve, schedule.initialState);
        for (const command of commands) {
          const events = decided(() => schedule.decide(state, command, context));
          if (!events) continue;
          state = events.reduce(schedule.evolve, state);
          expect(schedule.decide(state, command, context)).toEqual([]);
        }
      }),
      { numRuns: 500 },
    );
  });
});
