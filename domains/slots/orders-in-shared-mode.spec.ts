import { orderNumberOf } from '@qingpu/contracts/codes/order-number';
import { slotEvents } from '@qingpu/contracts/events/slots';
import type { CommandHandlingPorts } from '@qingpu/domains-kernel/command-handling';
import { fold } from '@qingpu/domains-kernel/decider';
import { readEvents } from '@qingpu/domains-kernel/read-stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activeClaims } from './booking-ledger.ts';
import { slot } from './slot.ts';
import { BookingWorld } from './testing/booking-world.ts';
import { idOf, institutionCode, personId } from './testing/sample-pool.ts';
import { type TroubledRun, troubledRun, unlessExpected } from './testing/troubled-run.ts';

const key = { institutionCode, scheduleId: 'P1', slotId: 'A1' };
const rejected = (code: string) => expect.objectContaining({ code });

function sharedWorld(): BookingWorld {
  const world = new BookingWorld();
  world.addSchedule('P1', {}, 'shared');
  return world;
}

/** The hospital hears the call, and nobody hears its answer. */
const unanswered = async <Answer>(_call: string, work: () => Answer) => {
  work();
  return undefined;
};
/** The hospital never hears the call. */
const unheard = async () => undefined;

describe('an order at a hospital in shared mode', () => {
  it('holds the slot, asks the hospital, and is booked under its number', async () => {
    const world = sharedWorld();
    const answer = await world.book(1);
    expect(answer).toMatchObject({ state: 'booked', slotId: 'A1' });
    expect(world.types('slot-')).toEqual(['SlotHeld', 'SlotBooked']);
    expect(world.log.all().at(-1)?.data).toMatchObject({ hospitalOrderNumber: 'HIS-1' });
    expect(await world.book(1)).toEqual(answer);
    expect(world.hospital.everBooked).toEqual([answer.orderNumber]);
  });

  it.each([
    ['taken', 'hospital-slot-taken'],
    ['notOnSale', 'hospital-not-on-sale'],
    ['cardInvalid', 'hospital-card-invalid'],
    ['personRefused', 'hospital-person-refused'],
  ] as const)(
    'that is refused (%s) frees the slot and says why, also when asked again',
    async (code, told) => {
      const world = sharedWorld();
      world.hospital.refusal = code;
      await expect(world.book(1)).rejects.toEqual(rejected(told));
      await expect(world.book(1)).rejects.toEqual(rejected(told));
      await world.settle();
      expect(world.types('slot-')).toEqual(['SlotHeld', 'HoldExpired']);
      expect(activeClaims(await world.ledgerOf())).toEqual([]);
      world.hospital.refusal = undefined;
      expect(await world.book(2)).toMatchObject({ state: 'booked' });
    },
  );

  it('is not asked for where the hospital has sold every slot itself', async () => {
    const world = sharedWorld();
    world.hospital.soldAtWindow.add('P1 A1');
    await expect(world.book(1)).rejects.toEqual(rejected('sold-out'));
    expect(world.log.all()).toEqual([]);
  });

  it('is asked for all the same when the hospital cannot say what is left; its no counts', async () => {
    const world = sharedWorld();
    world.hospital.soldAtWindow.add('P1 A1');
    world.hospital.tellsFree = false;
    await expect(world.book(1)).rejects.toEqual(rejected('hospital-slot-taken'));
  });

  it('is not asked for under a card that the hospital does not know', async () => {
    const world = sharedWorld();
    world.hospital.card = 'invalid';
    await expect(world.book(1, { cardId: idOf(7) })).rejects.toEqual(rejected('hospital-card-invalid'));
    expect(world.log.all()).toEqual([]);
    expect(await world.book(2)).toMatchObject({ state: 'booked' });
  });

  it('whose answer never came stays pending, and nothing but the answer ends it', async () => {
    const world = sharedWorld();
    world.hospital.carry = unanswered;
    const { bookingId, ...answer } = await world.book(1);
    expect(answer).toMatchObject({ state: 'pending', slotId: 'A1' });
    world.pass(60);
    const expire = world.actOnSlot(key, { type: 'ExpireHold', ...key, bookingId });
    await expect(expire).rejects.toEqual(rejected('hold-awaits-hospital'));
    expect(await world.settleOrder({ ...key, bookingId })).toBe('unknown');
    expect(world.types('slot-')).toEqual(['SlotHeld']);
    world.hospital.carry = async (_call, work) => work();
    expect(await world.settleOrder({ ...key, bookingId })).toBe('settled');
    expect(world.types('slot-')).toEqual(['SlotHeld', 'SlotBooked']);
  });

  it('that the hospital never heard of can never be booked there any more, and is then freed', async () => {
    const world = sharedWorld();
    world.hospital.carry = unheard;
    const { bookingId } = await world.book(1);
    world.hospital.carry = async (_call, work) => work();
    expect(await world.settleOrder({ ...key, bookingId })).toBe('settled');
    expect(world.types('slot-')).toEqual(['SlotHeld', 'HoldExpired']);
    const { live } = fold(slot, [heldIn(world)]);
    if (!live) throw new Error('the slot was held');
    expect(world.hospital.bookNow(live)).toEqual({ result: 'refused', code: 'orderVoided' });
    await expect(world.book(1)).rejects.toEqual(rejected('hospital-not-confirmed'));
  });

  it('that was refused although it was booked is booked', async () => {
    const world = sharedWorld();
    const { bookNow } = world.hospital;
    world.hospital.bookNow = (order) => {
      bookNow.call(world.hospital, order);
      return { result: 'refused', code: 'taken' };
    };
    expect(await world.book(1)).toMatchObject({ state: 'booked' });
  });

  it('that is given up while the answer is awaited stays given up', async () => {
    const world = sharedWorld();
    world.hospital.carry = unanswered;
    const { bookingId } = await world.book(1);
    await giveUp(world, bookingId);
    world.hospital.carry = async (_call, work) => work();
    expect(await world.settleOrder({ ...key, bookingId })).toBe('settled');
    expect(world.types('slot-')).toEqual(['SlotHeld', 'BookingCancelled']);
  });
});

function heldIn(world: BookingWorld) {
  const [held] = readEvents(
    slotEvents,
    world.log.all().filter(({ type }) => type === 'SlotHeld'),
  );
  if (!held) throw new Error('nothing was held');
  return held;
}

function giveUp(world: BookingWorld, bookingId: string, at = key) {
  const { policy } = world;
  const who = { by: 'patient', reason: '', policy, currentDoctor: null } as const;
  return world.actOnSlot(at, { type: 'CancelBooking', ...at, bookingId, ...who });
}

/*
 * People book the few slots of a hospital in shared mode, which sells some itself; calls to it are lost, unanswered or
 * late, appends go wrong, runs are killed at every await, people give up, orders are looked into. Whatever happens in
 * whatever order, platform and hospital agree once everything has arrived.
 */

const SCHEDULES = [
  { scheduleId: 'P1', departmentCode: 'K1', doctorCode: 'D1', slotIds: ['A1', 'A2'] },
  { scheduleId: 'P2', departmentCode: 'K2', doctorCode: 'D2', slotIds: ['B1', 'B2', 'B3'] },
];
const PEOPLE = [personId, idOf(902), idOf(903)];
const anySchedule = fc.constantFrom(...SCHEDULES);
const after = fc.nat(25);
const kill = fc.option(fc.integer({ min: 0, max: 24 }), { nil: undefined, freq: 2 });

const act = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('book' as const),
      key: fc.integer({ min: 1, max: 5 }),
      person: fc.constantFrom(...PEOPLE),
      schedule: anySchedule,
      copies: fc.integer({ min: 1, max: 2 }),
      after,
      kill,
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('look' as const), after, kill }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('giveUp' as const),
      schedule: anySchedule,
      at: fc.nat(2),
      after,
      kill,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant('sell' as const),
      schedule: anySchedule,
      at: fc.nat(2),
      after,
      kill,
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('settle' as const), after, kill }) },
);
type Act = typeof act extends fc.Arbitrary<infer Value> ? Value : never;
type Way = 'fine' | 'unheard' | 'unanswered' | 'late';
const ways = fc.array(fc.constantFrom<Way>('fine', 'fine', 'unheard', 'unanswered', 'late'), {
  maxLength: 14,
});
const appends = fc.array(fc.constantFrom('fine', 'fine', 'fine', 'lost', 'unanswered'), { maxLength: 12 });

class SharedStorm {
  readonly world = new BookingWorld();
  readonly #late: (() => void)[] = [];
  readonly #scheduler: fc.Scheduler;
  readonly #ways: Way[];
  readonly #appends: string[];

  constructor(scheduler: fc.Scheduler, waysToCome: readonly Way[], appendsToCome: readonly string[]) {
    this.#scheduler = scheduler;
    this.#ways = [...waysToCome];
    this.#appends = [...appendsToCome];
    for (const { scheduleId, slotIds, ...details } of SCHEDULES) {
      const slots = slotIds.map((slotId) => ({ slotId, tier: 'public' as const }));
      const intervals = [{ start: '08:00', end: '08:15', slots }];
      this.world.addSchedule(scheduleId, { ...details, intervals }, 'shared');
    }
    this.world.hospital.carry = async (_call, work) => this.#carry(work);
  }

  async blow(acts: readonly Act[]): Promise<void> {
    const runs = acts.flatMap((each) =>
      Array.from({ length: each.type === 'book' ? each.copies : 1 }, () => this.#take(each)),
    );
    await this.#scheduler.waitFor(Promise.all(runs));
    await this.#calmDown();
  }

  /** Everything that is late arrives, what was given up is told, what is open is looked into. */
  async #calmDown(): Promise<void> {
    this.world.hospital.carry = async (_call, work) => work();
    await Promise.allSettled(this.world.log.underway.map((arrive) => arrive()));
    await this.#looks(this.world.handling);
    for (const arrive of this.#late.splice(0)) arrive();
    await this.world.settle();
    this.world.pass(1);
    for (const person of PEOPLE)
      for (const [bookingId, { standing }] of (await this.world.ledgerOf(person)).claims)
        if (standing.status === 'open') await this.world.settleOpenClaim(bookingId, person);
    await this.world.settle();
    await this.#looks(this.world.handling);
    await this.world.settle();
    for (const { type, data } of this.world.log.all())
      if (type === 'BookingCancelled')
        this.world.hospital.cancel(orderNumberOf((data as { bookingId: string }).bookingId));
  }

  slots() {
    return SCHEDULES.flatMap(({ scheduleId, slotIds }) =>
      slotIds.map((slotId) => ({ institutionCode, scheduleId, slotId })),
    );
  }

  async #carry<Answer>(work: () => Answer): Promise<Answer | undefined> {
    await this.#scheduler.schedule(Promise.resolve());
    const way = this.#ways.shift() ?? 'fine';
    if (way === 'unheard') return undefined;
    if (way === 'late') {
      this.#late.push(work);
      void this.#scheduler.schedule(Promise.resolve()).then(() => this.#arrive(work));
      return undefined;
    }
    const answer = work();
    await this.#scheduler.schedule(Promise.resolve());
    return way === 'unanswered' ? undefined : answer;
  }

  #arrive(work: () => unknown): void {
    const index = this.#late.indexOf(work as () => void);
    if (index < 0) return;
    this.#late.splice(index, 1);
    work();
  }

  #take(each: Act): Promise<unknown> {
    const run = this.#ports(each.kill);
    return Promise.race([run.killed, this.#do(each, run.handling).catch(unlessExpected)]);
  }

  async #do(each: Act, handling: CommandHandlingPorts): Promise<unknown> {
    for (let turn = 0; turn < each.after; turn++) await this.#scheduler.schedule(Promise.resolve());
    switch (each.type) {
      case 'book': {
        const { scheduleId } = each.schedule;
        return this.world.book(each.key, { scheduleId, personId: each.person }, handling);
      }
      case 'look':
        return this.#looks(handling);
      case 'settle':
        return this.world.settle(handling);
      case 'sell': {
        const slotId = each.schedule.slotIds[each.at % each.schedule.slotIds.length] ?? '';
        const { scheduleId } = each.schedule;
        if (!this.world.hospital.takenIn(scheduleId).has(slotId))
          this.world.hospital.soldAtWindow.add(`${scheduleId} ${slotId}`);
        return undefined;
      }
      case 'giveUp': {
        const slotId = each.schedule.slotIds[each.at % each.schedule.slotIds.length] ?? '';
        const at = { institutionCode, scheduleId: each.schedule.scheduleId, slotId };
        const bookingId = (await this.world.slot(at)).live?.booking.bookingId;
        return bookingId === undefined ? undefined : giveUp(this.world, bookingId, at);
      }
    }
  }

  async #looks(handling: CommandHandlingPorts): Promise<void> {
    for (const at of this.slots()) {
      const bookingId = (await this.world.slot(at)).live?.booking.bookingId;
      if (bookingId !== undefined) await this.world.settleOrder({ ...at, bookingId }, handling);
    }
  }

  /** Ports whose every call waits for the scheduler, may go wrong, and may be the last of its run. */
  #ports(killAfter: number | undefined): TroubledRun {
    return troubledRun({
      scheduler: this.#scheduler,
      world: this.world,
      mishapOf: () => {
        const mishap = this.#appends.shift() ?? 'fine';
        return mishap === 'lost' || mishap === 'unanswered' ? mishap : () => Promise.resolve();
      },
      killAfter,
    });
  }
}

describe('whatever happens in whatever order between platform and hospital', () => {
  const seen = new Set<string>();

  it('no slot is sold twice, both agree in the end, and nothing is left open', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        fc.array(act, { minLength: 1, maxLength: 9 }),
        ways,
        appends,
        async (scheduler, acts, waysToCome, appendsToCome) => {
          const storm = new SharedStorm(scheduler, waysToCome, appendsToCome);
          await storm.blow(acts);
          await expectAgreement(storm);
          for (const type of storm.world.types('')) seen.add(type);
        },
      ),
      { numRuns: Number(process.env.STORMS ?? 300), endOnFailure: true },
    );
  });

  it('and the storm was one', () => {
    expect([...seen]).toEqual(
      expect.arrayContaining([
        'SlotHeld',
        'SlotBooked',
        'HoldExpired',
        'BookingCancelled',
        'ClaimReleased',
        'ClaimSettled',
        'BookingClosed',
      ]),
    );
  });
});

async function expectAgreement({ world, slots }: SharedStorm): Promise<void> {
  const live: string[] = [];
  for (const at of slots()) {
    const state = await world.slot(at);
    expect(state.live?.hold ?? null).toBeNull();
    if (!state.live) continue;
    const { orderNumber } = state.live.booking;
    live.push(orderNumber);
    const sold = `${at.scheduleId} ${at.slotId}`;
    expect(world.hospital.orders.get(orderNumber)).toMatchObject({ state: 'booked', slotId: sold });
    expect(world.hospital.soldAtWindow.has(sold)).toBe(false);
  }
  const booked = [...world.hospital.orders].flatMap(([number, { state }]) =>
    state === 'booked' ? [number] : [],
  );
  expect(booked.toSorted()).toEqual(live.toSorted());
  const everBooked = world.hospital.everBooked;
  expect(new Set(everBooked).size).toBe(everBooked.length);
  for (const person of PEOPLE)
    for (const { standing } of (await world.ledgerOf(person)).claims.values())
      expect(standing.status).not.toBe('open');
}
