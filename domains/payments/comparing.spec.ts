import { randomUUID } from 'node:crypto';
import { paymentEvents } from '@qingpu/contracts/events/payments';
import type { CommandEnvelope, CommandHandlingPorts } from '@qingpu/domains-kernel/command-handling';
import { readEvents } from '@qingpu/domains-kernel/read-stream';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { FakeCommandLedger } from '@qingpu/domains-kernel/testing/fake-command-ledger';
import { FakeEventLog } from '@qingpu/domains-kernel/testing/fake-event-log';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { actOnStatement, readStatement, StatementComparer } from './comparing.ts';
import { actOnPayment, PaymentFollower } from './following.ts';
import type { WhatIsPaid } from './payment.ts';
import { type Movement, PaymentGatewayUnavailable } from './ports.ts';
import { keyOf } from './statement-comparison.ts';
import { paymentIdOf } from './streams.ts';
import { type Mood, MoodyGateway } from './testing/moody-gateway.ts';
import { what as sample } from './testing/sample-payment.ts';

/*
 * People who pay and get money back while reports are lost and the gateway is moody; then its statement comes, true or
 * not, and comparing it may fail in the middle any number of times.
 */

const day = { institutionCode: sample.slot.institutionCode, date: '2026-03-16' };
const BOOKINGS = [1, 2, 3].map((number): WhatIsPaid => {
  const bookingId = `b0000000-0000-5000-8000-00000000000${number}`;
  return { ...sample, bookingId, paymentId: paymentIdOf(bookingId, 'registration') };
});
const booking = fc.integer({ min: 0, max: BOOKINGS.length - 1 });
type Action = { readonly do: 'request' | 'follow' | 'pay' | 'cancel'; readonly booking: number };
const action: fc.Arbitrary<Action> = fc.record({
  do: fc.constantFrom('request' as const, 'follow' as const, 'pay' as const, 'cancel' as const),
  booking,
});
const moods = fc.array(fc.constantFrom<Mood>('away', 'lost'), { maxLength: 6 });

const FOREIGN: Movement = {
  subject: 'payment',
  number: 'XX1',
  orderNumber: 'XX1',
  paymentId: 'd0000000-0000-4000-8000-000000000001',
  gatewayNumber: 'T9',
  amountFen: 100,
};
type Lie = 'none' | 'missing' | 'foreign' | 'amount';
const LIES: Readonly<Record<Lie, (truth: readonly Movement[]) => readonly Movement[]>> = {
  none: (truth) => truth,
  missing: (truth) => truth.slice(1),
  foreign: (truth) => [...truth, FOREIGN],
  amount: ([first, ...others]) =>
    first ? [{ ...first, amountFen: first.amountFen + 1 }, ...others] : others,
};

class World {
  readonly log = new FakeEventLog();
  readonly gateway = new MoodyGateway(() => new Date(this.#now));
  readonly #now = Date.parse('2026-03-16T08:00:00+08:00');
  readonly #ports: CommandHandlingPorts = {
    log: this.log,
    ledger: new FakeCommandLedger(),
    clock: { now: () => new Date(this.#now) },
    retry: { attempts: 20, baseDelayMs: 0, pause: async () => undefined },
  };
  readonly #follower = new PaymentFollower(this.#ports, this.gateway);
  readonly #comparer = new StatementComparer(this.#ports, this.gateway, {
    onDay: async () => this.ownMovements(),
  });

  async act({ do: deed, booking: place }: Action): Promise<void> {
    const what = BOOKINGS[place];
    if (!what) throw new Error('there is such a booking');
    const { paymentId } = what;
    await this.attempt(async () => {
      if (deed === 'request')
        await actOnPayment(this.#ports, paymentId, { ...what, type: 'RequestPayment' }, envelope());
      else if (deed === 'follow') await this.#follower.follow(paymentId, envelope());
      else if (deed === 'pay') this.gateway.pay(place);
      else
        await actOnPayment(
          this.#ports,
          paymentId,
          { type: 'CallOff', cause: 'bookingCancelled' },
          envelope(),
        );
    });
  }

  async expect(): Promise<void> {
    await actOnStatement(this.#ports, { ...day, type: 'ExpectStatement' }, envelope());
  }

  /** Until it is compared, as the sweep does. */
  async compare(): Promise<void> {
    for (let attempt = 0; attempt < 10; attempt++) if (await this.attempt(() => this.compareOnce())) return;
    throw new Error('it was never compared');
  }

  compareOnce(): Promise<unknown> {
    return this.#comparer.compare(day, envelope());
  }

  async attempt(work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof Rejection || error instanceof PaymentGatewayUnavailable)) throw error;
      return false;
    }
  }

  /** Every movement that our payments know. */
  ownMovements(): Movement[] {
    return readEvents(paymentEvents, this.log.all()).flatMap(({ type, data }): Movement[] => {
      if (type === 'PaymentSucceeded') {
        const { orderNumber, paymentId, gatewayTradeNumber: gatewayNumber, amountFen } = data;
        return [
          { subject: 'payment', number: orderNumber, orderNumber, paymentId, gatewayNumber, amountFen },
        ];
      }
      if (type !== 'RefundSucceeded') return [];
      const { orderNumber, paymentId, refundNumber: number, gatewayRefundNumber: gatewayNumber } = data;
      return [
        { subject: 'refund', number, orderNumber, paymentId, gatewayNumber, amountFen: sample.amountFen },
      ];
    });
  }

  state() {
    return readStatement(this.#ports, day);
  }
}

function envelope(): CommandEnvelope {
  const commandId = randomUUID();
  return {
    commandId,
    bodyHmac: commandId,
    actor: { kind: 'system', id: 'test' },
    correlationId: commandId,
    causationId: commandId,
  };
}

async function happened(actions: readonly Action[], trouble: readonly Mood[]): Promise<World> {
  const world = new World();
  world.gateway.worsen(trouble);
  for (const each of actions) await world.act(each);
  world.gateway.calm();
  await world.expect();
  return world;
}

const PAID = (['request', 'follow', 'pay'] as const).map((each) => ({ do: each, booking: 0 }));

it('lists exactly what the statement has wrong; whatever we never heard of is known afterwards', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { maxLength: 20 }),
      moods,
      fc.constantFrom<Lie>('none', 'missing', 'foreign', 'amount'),
      moods,
      async (actions, before, lie, during) => {
        const world = await happened(actions, before);
        const truth = (await world.gateway.statement()) ?? [];
        const told = LIES[lie](truth);
        const wrong = [...truth, FOREIGN].filter((each) => {
          const line = told.find((other) => keyOf(other) === keyOf(each));
          return each === FOREIGN ? line !== undefined : line?.amountFen !== each.amountFen;
        });
        world.gateway.misstate = () => told;
        const known = new Set(world.ownMovements().map(keyOf));
        world.gateway.worsen(during);
        await world.compare();
        const { compared } = await world.state();
        // What the statement left out is no difference where we never heard of it either.
        const expected = wrong.filter(
          (each) => told.some((line) => keyOf(line) === keyOf(each)) || known.has(keyOf(each)),
        );
        expect(compared?.differences.map(keyOf).toSorted()).toEqual(expected.map(keyOf).toSorted());
        const knownNow = new Set(world.ownMovements().map(keyOf));
        for (const line of told) if (line !== FOREIGN) expect(knownNow).toContain(keyOf(line));
      },
    ),
    {
      numRuns: 300,
      examples: [
        [PAID, [], 'none', ['away', 'lost']],
        [PAID, [], 'amount', []],
        [[...PAID, { do: 'follow', booking: 0 }], [], 'missing', ['lost']],
      ],
    },
  );
});

it('has money that nobody reported pay for its visit', async () => {
  const world = await happened(PAID, []);
  expect(world.ownMovements()).toEqual([]);
  await world.compare();
  expect(world.ownMovements()).toMatchObject([{ subject: 'payment', amountFen: 2500 }]);
  expect((await world.state()).compared).toMatchObject({
    differences: [],
    here: { payments: 1, paymentsFen: 2500 },
    there: { payments: 1, paymentsFen: 2500 },
  });
});

it('records nothing of a statement that is not drawn up yet', async () => {
  const world = await happened(PAID, []);
  world.gateway.misstate = () => undefined;
  await expect(world.compareOnce()).rejects.toMatchObject({ code: 'statement-not-ready' });
  expect((await world.state()).compared).toBeNull();
});

it('compares no day that nobody expects', async () => {
  await expect(new World().compareOnce()).rejects.toMatchObject({ code: 'statement-unknown' });
});
