import { ledgerEvents, type SlotFacts, slotEvents } from '@qingpu/contracts/events/slots';
import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import type { CommandHandlingPorts } from '@qingpu/domains-kernel/command-handling';
import { fold } from '@qingpu/domains-kernel/decider';
import { readEvents } from '@qingpu/domains-kernel/read-stream';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import type { TroubledEventLog } from '@qingpu/domains-kernel/testing/troubled-event-log';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BookingAnswer, bookingIdOf } from './booking.ts';
import { activeClaims, bookingLedger } from './booking-ledger.ts';
import type { SlotCandidate, SlotWish } from './ports.ts';
import { slot } from './slot.ts';
import { slotStream } from './streams.ts';
import { BookingWorld } from './testing/booking-world.ts';
import { idOf, institutionCode } from './testing/sample-pool.ts';
import { type TroubledRun, troubledRun, unlessExpected } from './testing/troubled-run.ts';

/*
 * Many people book few slots at once, with repeated keys; bookings are cancelled, people erased, slots fenced and unfenced, time
 * passes; appends are lost, late, unanswered; runs are killed at every await; the process of settlement and whoever
 * looks into open claims run in between. Whatever happens in whatever order, the invariants hold.
 */

const SCHEDULES = [
  { scheduleId: 'P1', departmentCode: 'K1', doctorCode: 'D1', slotIds: ['A1', 'A2'] },
  { scheduleId: 'P2', departmentCode: 'K2', doctorCode: 'D2', slotIds: ['B1', 'B2', 'B3'] },
  { scheduleId: 'P3', departmentCode: 'K1', doctorCode: 'D3', slotIds: ['C1', 'C2'] },
];
const PEOPLE = [idOf(901), idOf(902), idOf(903)];

/** Under this key, and those that follow, people are erased. */
const ERASURE = 9_000;

const anyPerson = fc.constantFrom(...PEOPLE);
const anySchedule = fc.constantFrom(...SCHEDULES);

/** Of how many other calls it lets pass before it begins. */
const after = fc.nat(20);
/** One run of something; after so many half-steps it is never heard of again. */
const kill = fc.option(fc.integer({ min: 0, max: 14 }), { nil: undefined, freq: 3 });

const act = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('book' as const),
      key: fc.integer({ min: 1, max: 6 }),
      person: anyPerson,
      schedule: anySchedule,
      copies: fc.integer({ min: 1, max: 3 }),
      kill,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('cancel' as const),
      schedule: anySchedule,
      at: fc.nat(2),
      after,
      kill,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('fence' as const),
      schedule: anySchedule,
      causeId: fc.integer({ min: 50, max: 54 }).map(idOf),
      lifted: fc.boolean(),
      cause: fc.constantFrom('suspension' as const, 'withdrawal' as const),
      after,
      kill,
    }),
  },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('look' as const), at: fc.nat(5), after, kill }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('settle' as const), after, kill }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('erase' as const), person: anyPerson, after, kill }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('pass' as const), minutes: fc.constantFrom(1, 40) }),
  },
);
/** What comes at the same time; the next wave comes when nothing of the last one is under way but what is late. */
const waves = fc.array(fc.array(act, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 });
type Act = typeof act extends fc.Arbitrary<infer Value> ? Value : never;
type Book = Extract<Act, { type: 'book' }>;

/** `silent`: lost however often it is repeated. What is lost arrives late, or only after everything else. */
type Mishap = 'fine' | 'lost' | 'silent' | 'unanswered' | 'unavailable';
const mishaps = fc.array(
  fc.constantFrom<Mishap>('fine', 'fine', 'fine', 'lost', 'silent', 'silent', 'unanswered', 'unavailable'),
  { maxLength: 16 },
);
/** How the chooser orders slots, and whether it believes them untouched. */
const hints = fc.array(fc.tuple(fc.nat(5), fc.boolean()), { minLength: 1, maxLength: 6 });

interface Told {
  readonly book: Book;
  readonly answer?: BookingAnswer;
  readonly error?: unknown;
}

class Storm {
  readonly world = new BookingWorld();
  readonly told: Told[] = [];
  readonly erased = new Set<string>();
  readonly #scheduler: fc.Scheduler;
  readonly #mishaps: Mishap[];
  readonly #silent = new Set<string>();
  #choices = 0;

  constructor(
    scheduler: fc.Scheduler,
    mishapsToCome: readonly Mishap[],
    hinted: readonly (readonly [number, boolean])[],
  ) {
    this.#scheduler = scheduler;
    this.#mishaps = [...mishapsToCome];
    for (const { scheduleId, slotIds, ...details } of SCHEDULES) {
      const slots = slotIds.map((slotId) => ({ slotId, tier: 'public' as const }));
      this.world.addSchedule(scheduleId, {
        ...details,
        intervals: [{ start: '08:00', end: '08:15', slots }],
      });
    }
    this.world.chooser.pick = (wish) => {
      this.#choices += 1;
      return hintedBy(wish, hinted[this.#choices % hinted.length] ?? [0, true]);
    };
  }

  /** The acts of a wave at once; the scheduler picks whose call comes next. */
  async #rage(acts: readonly Act[]): Promise<void> {
    const runs = acts.flatMap((each) =>
      Array.from({ length: each.type === 'book' ? each.copies : 1 }, () => this.#take(each)),
    );
    await this.#scheduler.waitFor(Promise.all(runs));
  }

  async blow(toCome: readonly (readonly Act[])[]): Promise<void> {
    for (const wave of toCome) await this.#rage(wave);
    await this.#calmDown(toCome.flat());
  }

  /** Lost appends arrive, everything that was left open is looked into, everybody asks again. */
  async #calmDown(acts: readonly Act[]): Promise<void> {
    this.#mishaps.length = 0;
    this.#silent.clear();
    await Promise.allSettled(this.world.log.underway.map((arrive) => arrive()));
    await this.world.settle();
    this.world.pass(1);
    for (const { personId, bookingId } of await this.openClaims())
      await this.world.settleOpenClaim(bookingId, personId);
    await this.world.settle();
    for (const person of this.erased) await this.#erase(person, this.world.handling);
    for (const each of acts) if (each.type === 'book') await this.#book(each, this.world.handling);
    await this.world.settle();
  }

  async openClaims(): Promise<{ personId: string; bookingId: string }[]> {
    const ledgers = await Promise.all(PEOPLE.map((person) => this.world.ledgerOf(person)));
    return ledgers.flatMap(({ claims }) =>
      [...claims.values()].filter(({ standing }) => standing.status === 'open').map(({ booking }) => booking),
    );
  }

  #take(each: Act): Promise<unknown> {
    if (each.type === 'pass')
      return this.#scheduler.schedule(Promise.resolve()).then(() => this.world.pass(each.minutes));
    const run = this.#ports('kill' in each ? each.kill : undefined);
    return Promise.race([run.killed, this.#do(each, run.handling).catch(unlessExpected)]);
  }

  async #do(each: Exclude<Act, { type: 'pass' }>, handling: CommandHandlingPorts): Promise<unknown> {
    for (let turn = 0; 'after' in each && turn < each.after; turn++)
      await this.#scheduler.schedule(Promise.resolve());
    switch (each.type) {
      case 'book':
        return this.#book(each, handling);
      case 'cancel':
        return this.#cancel(each, handling);
      case 'fence':
        return this.#fence(each, handling);
      case 'look':
        return this.#look(each.at, handling);
      case 'erase':
        return this.#erase(each.person, handling);
      case 'settle':
        return this.world.settle(handling);
    }
  }

  async #book(book: Book, handling: CommandHandlingPorts): Promise<void> {
    const { scheduleId } = book.schedule;
    try {
      const answer = await this.world.book(book.key, { scheduleId, personId: book.person }, handling);
      this.told.push({ book, answer });
    } catch (error) {
      this.told.push({ book, error });
      unlessExpected(error);
    }
  }

  async #cancel(
    { schedule: { scheduleId, slotIds }, at }: Extract<Act, { type: 'cancel' }>,
    handling: CommandHandlingPorts,
  ) {
    const key = { institutionCode, scheduleId, slotId: slotIds[at % slotIds.length] ?? '' };
    const bookingId = (await this.world.slot(key)).live?.booking.bookingId;
    if (!bookingId) return;
    await this.world.actOnSlot(
      key,
      {
        type: 'CancelBooking',
        ...key,
        bookingId,
        by: 'patient',
        reason: '',
        policy: this.world.policy,
        currentDoctor: null,
      },
      handling,
    );
  }

  async #fence(
    { cause, causeId, lifted, schedule: { scheduleId, slotIds } }: Extract<Act, { type: 'fence' }>,
    handling: CommandHandlingPorts,
  ): Promise<void> {
    const keys = slotIds.map((slotId) => ({ institutionCode, scheduleId, slotId }));
    for (const key of keys)
      await this.world.actOnSlot(key, { type: 'FenceSlot', ...key, cause, causeId }, handling);
    if (!lifted) return;
    for (const key of keys)
      await this.world.actOnSlot(key, { type: 'UnfenceSlot', ...key, causeId }, handling);
  }

  async #erase(person: string, handling: CommandHandlingPorts): Promise<void> {
    this.erased.add(person);
    await this.world.closeLedger(ERASURE + PEOPLE.indexOf(person), person, handling);
  }

  async #look(at: number, handling: CommandHandlingPorts): Promise<void> {
    const open = await this.openClaims();
    const claim = open[at % Math.max(1, open.length)];
    if (claim) await this.world.settleOpenClaim(claim.bookingId, claim.personId, handling);
  }

  #mishapOf(eventId: string): Parameters<TroubledEventLog['mishaps']['push']>[0] {
    if (this.#silent.has(eventId)) return 'lost';
    const mishap = this.#mishaps.shift() ?? 'fine';
    if (mishap === 'silent') this.#silent.add(eventId);
    if (mishap === 'fine') return () => Promise.resolve();
    return mishap === 'silent' ? 'lost' : mishap;
  }

  /** Ports whose every call waits for the scheduler, meets the mishaps to come, and may be the last of its run. */
  #ports(killAfter: number | undefined): Pick<TroubledRun, 'handling' | 'killed'> {
    const { ledger } = this.world;
    const { handling, killed, through } = troubledRun({
      scheduler: this.#scheduler,
      world: this.world,
      mishapOf: (eventId) => this.#mishapOf(eventId),
      killAfter,
    });
    const troubled = {
      reserve: through((id: string, hmac: string) => ledger.reserve(id, hmac)),
      record: through((...record: Parameters<typeof ledger.record>) => ledger.record(...record)),
      recall: through((id: string) => ledger.recall(id)),
    };
    return { handling: { ...handling, ledger: troubled }, killed };
  }
}

function hintedBy(
  { slots }: SlotWish,
  [turn, untouched]: readonly [number, boolean],
): readonly SlotCandidate[] {
  return slots.map((_, index) => {
    const { slotId } = slots[(index + turn) % slots.length] ?? { slotId: '' };
    return { slotId, revision: untouched ? 'no_stream' : 0 };
  });
}

/* ---- what must hold ---- */

const storm = (name: string, holds: (storm: Storm) => void | Promise<void>) =>
  it(name, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        waves,
        mishaps,
        hints,
        async (scheduler, toCome, mishapsToCome, hinted) => {
          const raging = new Storm(scheduler, mishapsToCome, hinted);
          await raging.blow(toCome);
          await holds(raging);
        },
      ),
      // A storm is told by its seed and path; making it smaller can take hours.
      { numRuns: Number(process.env.STORMS ?? 80), endOnFailure: true },
    );
  });

const streamsOf = (log: readonly StoredEvent[], prefix: string) =>
  [...Map.groupBy(log, ({ stream }) => stream)].filter(([stream]) => stream.startsWith(prefix));

/** What a ledger counts towards the limits: it may not have been told yet of what the slots know to be over. */
function countingOn(stream: string, log: readonly StoredEvent[]): readonly SlotFacts[] {
  const own = log.filter((stored) => stored.stream === stream);
  const over = new Set(
    [...streamsOf(log, 'slot-')].flatMap(([, history]) => [
      ...fold(slot, readEvents(slotEvents, history)).ended.keys(),
    ]),
  );
  return activeClaims(fold(bookingLedger, readEvents(ledgerEvents, own)))
    .filter(({ booking }) => !over.has(booking.bookingId))
    .map((claim) => claim.slot);
}

const bookedIn = (log: readonly StoredEvent[]) =>
  log
    .filter(({ type }) => type === 'SlotBooked')
    .map(({ data }) => (data as { booking: { bookingId: string } }).booking.bookingId);

describe('whatever happens in whatever order', () => {
  storm('1: no slot ever has two live bookings, nor one behind a fence', ({ world }) => {
    for (const [, history] of streamsOf(world.log.all(), 'slot-')) {
      const events = readEvents(slotEvents, history);
      for (const [index, event] of events.entries()) {
        if (event.type !== 'SlotBooked') continue;
        const before = fold(slot, events.slice(0, index));
        expect([before.live, before.fences.size]).toEqual([null, 0]);
      }
    }
  });

  storm('2: a booking stands exactly once in the whole log, or not at all', ({ world }) => {
    const booked = bookedIn(world.log.all());
    expect(new Set(booked).size).toBe(booked.length);
  });

  storm('3: nobody is ever over a limit, by the ledgers or by the slots', ({ world }) => {
    const log = world.log.all();
    for (const [index, { stream }] of log.entries()) {
      const until = log.slice(0, index + 1);
      if (stream.startsWith('ledger-')) expectWithinLimits(countingOn(stream, until));
      for (const live of liveByPerson(until).values()) expectWithinLimits(live);
    }
  });

  storm('4: what was answered as booked is booked, there and at that place in the log', ({ world, told }) => {
    const log = world.log.all();
    for (const { answer, book } of told) {
      if (!answer) continue;
      const key = { institutionCode, scheduleId: book.schedule.scheduleId, slotId: answer.slotId };
      const event = log.find(({ position }) => String(position) === answer.position);
      expect(event).toMatchObject({ type: 'SlotBooked', stream: slotStream(key) });
      expect(event?.data).toMatchObject({ booking: { bookingId: answer.bookingId, personId: book.person } });
    }
  });

  storm('5: the same key is never told two different bookings, nor a booking and then none', ({ told }) => {
    for (const [, answers] of Map.groupBy(told, keyOf)) {
      const booked = answers.flatMap(({ answer }) => (answer ? [JSON.stringify(answer)] : []));
      expect(new Set(booked).size).toBeLessThanOrEqual(1);
      const last = answers.at(-1);
      // Whoever asks after the storm is told, and not to ask again.
      expect(last?.error === undefined || last.error instanceof Rejection).toBe(true);
      if (booked.length > 0 && !isReuse(last)) expect(last?.answer).toBeDefined();
    }
  });

  storm('6: every claim ends settled, closed or released, as its slots have it', async ({ world }) => {
    const booked = new Set(bookedIn(world.log.all()));
    for (const person of PEOPLE)
      for (const [bookingId, { standing }] of (await world.ledgerOf(person)).claims)
        expect([bookingId, standing.status]).toEqual([
          bookingId,
          booked.has(bookingId) ? expect.stringMatching(/^(settled|closed)$/) : 'released',
        ]);
  });

  storm('7: the counts of slots and ledgers agree', async ({ world }) => {
    const live = liveByPerson(world.log.all());
    for (const person of PEOPLE) {
      const ledger = activeClaims(await world.ledgerOf(person)).map((claim) => claim.slot.slotId);
      expect(ledger.toSorted()).toEqual((live.get(person) ?? []).map(({ slotId }) => slotId).toSorted());
    }
  });

  storm('8: a slot that may hold a booking is named by the ledger before it is tried', ({ world }) => {
    const log = world.log.all();
    for (const { type, data, position } of log) {
      if (type !== 'SlotBooked') continue;
      const { booking, slot: facts } = data as { booking: { bookingId: string }; slot: SlotFacts };
      const named = log.filter((each) => each.position < position && each.stream.startsWith('ledger-'));
      expect(named.some((each) => names(each, booking.bookingId, facts.slotId))).toBe(true);
    }
  });

  storm('9: who was erased has no booking, and gets none', async ({ world, erased }) => {
    const live = liveByPerson(world.log.all());
    for (const person of erased) {
      expect([live.get(person), activeClaims(await world.ledgerOf(person))]).toEqual([undefined, []]);
      await expect(world.book(7_777, { scheduleId: 'P1', personId: person })).rejects.toThrow(Rejection);
      const before = world.log.all().length;
      await world.closeLedger(ERASURE + PEOPLE.indexOf(person), person);
      expect(world.log.all()).toHaveLength(before);
    }
  });
});

function names({ type, data }: StoredEvent, bookingId: string, slotId: string): boolean {
  if (type === 'BookingClaimed') {
    const { booking, slot: facts } = data as { booking: { bookingId: string }; slot: SlotFacts };
    return booking.bookingId === bookingId && facts.slotId === slotId;
  }
  const moved = data as { bookingId: string; slotId: string };
  return type === 'ClaimMoved' && moved.bookingId === bookingId && moved.slotId === slotId;
}

function keyOf({ book: { key, person } }: Told): string {
  return bookingIdOf(idOf(key), person);
}

function isReuse(told: Told | undefined): boolean {
  return told?.error instanceof Rejection && told.error.code === 'idempotency-key-reused';
}

/** Slots that people have booked, as the slots' streams say at the end of that log. */
function liveByPerson(log: readonly StoredEvent[]): Map<string, SlotFacts[]> {
  const live = new Map<string, SlotFacts[]>();
  for (const [, history] of streamsOf(log, 'slot-')) {
    const now = fold(slot, readEvents(slotEvents, history)).live;
    if (now) live.set(now.booking.personId, [...(live.get(now.booking.personId) ?? []), now.slot]);
  }
  return live;
}

function expectWithinLimits(active: readonly SlotFacts[]): void {
  const departments = active.map(({ departmentCode }) => departmentCode);
  expect(new Set(departments).size).toBe(departments.length);
}

it('the storm is one: it books, refuses, moves, voids, releases and kills', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      waves,
      mishaps,
      hints,
      async (scheduler, toCome, mishapsToCome, hinted) => {
        const raging = new Storm(scheduler, mishapsToCome, hinted);
        await raging.blow(toCome);
        for (const type of raging.world.types('')) seen.add(type);
        for (const { error } of raging.told) if (error instanceof Rejection) seen.add(error.code);
      },
    ),
    { numRuns: 150, seed: 7 },
  );
  expect([...seen]).toEqual(
    expect.arrayContaining([
      'BookingClaimed',
      'ClaimMoved',
      'ClaimSettled',
      'ClaimReleased',
      'ClaimVoided',
      'BookingClosed',
      'BookingCancelled',
      'LedgerClosed',
      'SlotFenced',
      'SlotUnfenced',
      'slot-taken',
      'limit-department-day',
      'person-erased',
      'idempotency-key-reused',
    ]),
  );
});
