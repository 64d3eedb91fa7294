import { randomUUID } from 'node:crypto';
import { type PaymentEvent, paymentEvents } from '@qingpu/contracts/events/payments';
import type { SlotEvent } from '@qingpu/contracts/events/slots';
import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import type { CommandEnvelope, CommandHandlingPorts } from '@qingpu/domains-kernel/command-handling';
import { reactionCommandId } from '@qingpu/domains-kernel/event-ids';
import { readEvents } from '@qingpu/domains-kernel/read-stream';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { FakeCommandLedger } from '@qingpu/domains-kernel/testing/fake-command-ledger';
import { FakeEventLog } from '@qingpu/domains-kernel/testing/fake-event-log';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { PaymentFollower, readPayment } from './following.ts';
import {
  CallOffPayment,
  CallOffPaymentHandler,
  ReportPaid,
  ReportPaidHandler,
  RequestPayment,
  RequestPaymentHandler,
  RetryRefund,
  RetryRefundHandler,
  SettleRefundByHand,
  SettleRefundByHandHandler,
} from './handlers.ts';
import { PaymentGatewayUnavailable } from './ports.ts';
import { registrationPaymentProcess } from './registration-payment.process.ts';
import { paymentStream } from './streams.ts';
import { type Mood, MoodyGateway } from './testing/moody-gateway.ts';
import { what } from './testing/sample-payment.ts';

/*
 * People who pay, a gateway that answers late, wrongly or not at all, a slot that may lose the booking at any moment and
 * a process that is killed and starts again: in whatever order, what was paid has registered the visit or went back.
 */

type Action =
  | { readonly do: 'request' | 'follow' | 'cancel' | 'react' | 'kill' | 'lie' | 'byHand' }
  | { readonly do: 'pay' | 'callback'; readonly order: number }
  | { readonly do: 'worsen'; readonly moods: readonly Mood[] }
  | { readonly do: 'refuse' }
  | { readonly do: 'pass'; readonly minutes: number };

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<Action>({ do: 'request' }, { do: 'follow' }, { do: 'react' }) },
  { weight: 2, arbitrary: fc.constantFrom<Action>({ do: 'kill' }, { do: 'lie' }, { do: 'refuse' }) },
  { weight: 1, arbitrary: fc.constantFrom<Action>({ do: 'cancel' }, { do: 'byHand' }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom('pay' as const, 'callback' as const),
      order: fc.integer({ min: 0, max: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('worsen' as const),
      moods: fc.array(fc.constantFrom<Mood>('away', 'lost', 'stale', 'absent', 'closed', 'refusing'), {
        maxLength: 3,
      }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('pass' as const), minutes: fc.integer({ min: 1, max: 16 }) }),
  },
);

class World {
  readonly log = new FakeEventLog();
  readonly gateway: MoodyGateway;
  readonly #ports: CommandHandlingPorts;
  readonly #follower: PaymentFollower;
  #now = Date.parse('2026-03-16T08:00:00+08:00');
  #reacted = 0;
  /** What the slot has said of the booking; it decides on a payment once. */
  readonly slotEvents: SlotEvent[] = [];

  constructor() {
    this.gateway = new MoodyGateway(() => new Date(this.#now));
    this.#ports = {
      log: this.log,
      ledger: new FakeCommandLedger(),
      clock: { now: () => new Date(this.#now) },
      retry: { attempts: 20, baseDelayMs: 0, pause: async () => undefined },
    };
    this.#follower = new PaymentFollower(this.#ports, this.gateway);
  }

  get cancelled(): boolean {
    return this.slotEvents.some(({ type }) => type === 'BookingCancelled');
  }

  get registered(): boolean {
    return this.slotEvents.some(({ type }) => type === 'BookingRegistered');
  }

  async act(action: Action): Promise<void> {
    try {
      await this.#act(action);
    } catch (error) {
      if (!(error instanceof Rejection || error instanceof PaymentGatewayUnavailable)) throw error;
    }
  }

  async #act(action: Action): Promise<void> {
    switch (action.do) {
      case 'request':
        await new RequestPaymentHandler(this.#ports).execute(new RequestPayment(what, this.#envelope()));
        return;
      case 'follow':
        return this.#follower.follow(what.paymentId, this.#envelope());
      case 'cancel':
        this.#cancel();
        return;
      case 'byHand':
        return this.#settleByHand();
      case 'pay':
        this.gateway.pay(action.order);
        return;
      case 'callback':
        return this.#callback(action.order, 2500);
      case 'lie':
        return this.#callback(0, 1);
      case 'worsen':
        this.gateway.worsen(action.moods);
        return;
      case 'refuse':
        this.gateway.endings.push('refused');
        return;
      case 'pass':
        this.#now += action.minutes * 60_000;
        return;
      case 'react':
        return this.react();
      case 'kill':
        this.#reacted = 0;
        return this.react();
    }
  }

  /** The gateway tells of a true payment, as often as it likes. */
  async #callback(place: number, amountFen: number): Promise<void> {
    const kept = this.gateway.books()[place];
    if (!kept) return;
    const { orderNumber } = kept;
    const paidAt = '2026-03-16T08:01:00+08:00';
    const report = {
      orderNumber,
      gatewayTradeNumber: `T${orderNumber}`,
      amountFen,
      paidAt,
      source: 'callback',
    } as const;
    await new ReportPaidHandler(this.#ports).execute(
      new ReportPaid(what.paymentId, report, this.#envelope()),
    );
  }

  /** Reacts to all that has happened since the checkpoint, in two lanes at once. */
  async react(): Promise<void> {
    const from = this.#reacted;
    const events = this.paymentEvents();
    this.#reacted = events.length;
    const fromSlot = this.slotEvents.flatMap((event) => this.#commands(event));
    const fromPayment = events.slice(from).flatMap((event) => this.#commands(event));
    await Promise.all([this.#send(fromSlot), this.#send(fromPayment)]);
  }

  #commands(event: PaymentEvent | SlotEvent) {
    if (!Object.hasOwn(registrationPaymentProcess.catalogue, event.type)) return [];
    const known = event as Parameters<typeof registrationPaymentProcess.react>[0];
    return registrationPaymentProcess.react(known, {} as StoredEvent);
  }

  async #send(commands: ReturnType<typeof registrationPaymentProcess.react>): Promise<void> {
    for (const command of commands) {
      if (command.type === 'RegisterPaidVisit') this.#register(command.paymentId);
      else
        await new CallOffPaymentHandler(this.#ports).execute(new CallOffPayment(command, this.#envelope()));
    }
  }

  #register(paymentId: string): void {
    const decided = this.slotEvents.some(({ data }) => 'paymentId' in data && data.paymentId === paymentId);
    if (decided) return;
    const data = { ...what.slot, bookingId: what.bookingId, personId: what.personId, paymentId };
    this.slotEvents.push(
      this.cancelled
        ? { type: 'RegistrationRefused', data: { ...data, cause: 'booking-over' } }
        : { type: 'BookingRegistered', data: { ...data, registrationNumber: 'GH1' } },
    );
  }

  #cancel(): void {
    if (this.cancelled) return;
    const { slot, bookingId, personId } = what;
    const data = {
      ...slot,
      bookingId,
      personId,
      by: 'patient',
      outcome: 'cancelledByPatient',
      reason: '',
    } as const;
    this.slotEvents.push({ type: 'BookingCancelled', data: { ...data, returnsAt: null } });
  }

  /** The desk gives back what the gateway would not. */
  async #settleByHand(): Promise<void> {
    const refund = (await this.#refused())[0];
    if (refund === undefined) return;
    const settle = new SettleRefundByHand(what.paymentId, refund, '已在窗口退还', this.#envelope());
    await new SettleRefundByHandHandler(this.#ports).execute(settle);
  }

  /** Numbers of refunds that wait for the desk. */
  async #refused(): Promise<string[]> {
    const { orders } = await readPayment(this.#ports, what.paymentId);
    return orders
      .flatMap(({ refunds }) => refunds.at(-1) ?? [])
      .filter(({ status }) => status === 'refused')
      .map(({ refundNumber }) => refundNumber);
  }

  paymentEvents(): PaymentEvent[] {
    const stored = this.log.all().filter(({ stream }) => stream === paymentStream(what.paymentId));
    return readEvents(paymentEvents, stored);
  }

  /** Orders that were paid, with what went back of each, at the gateway and by hand. */
  books(): { readonly amountFen: number; readonly refundedFen: number }[] {
    const settled = this.paymentEvents().filter((event) => event.type === 'RefundSettledByHand');
    return this.gateway.books().map(({ orderNumber, amountFen, refundedFen }) => {
      const byHand = settled.filter(({ data }) => data.orderNumber === orderNumber).length * amountFen;
      return { amountFen, refundedFen: refundedFen + byHand };
    });
  }

  /** The trouble is over; sweeps and the desk do their work. */
  async settle(): Promise<void> {
    this.gateway.calm();
    await this.act({ do: 'pass', minutes: 16 });
    for (let round = 0; round < 6; round++) {
      await this.act({ do: 'kill' });
      await this.act({ do: 'follow' });
      for (const refundNumber of await this.#refused()) {
        const retry = new RetryRefund(what.paymentId, refundNumber, this.#envelope());
        await new RetryRefundHandler(this.#ports).execute(retry);
      }
    }
  }

  #envelope(): CommandEnvelope {
    const commandId = reactionCommandId('test', randomUUID(), 0);
    return {
      commandId,
      bodyHmac: commandId,
      actor: { kind: 'system', id: 'test' },
      correlationId: commandId,
      causationId: commandId,
    };
  }
}

const PAID = [{ do: 'request' }, { do: 'follow' }, { do: 'pay', order: 0 }] as const;
/** What chance may leave out: a refund that is refused, an order that is, and money for a booking that is over. */
const RARE: readonly (readonly Action[])[] = [
  [
    ...PAID,
    { do: 'callback', order: 0 },
    { do: 'react' },
    { do: 'refuse' },
    { do: 'cancel' },
    { do: 'react' },
    { do: 'follow' },
    { do: 'follow' },
  ],
  [
    ...PAID,
    { do: 'callback', order: 0 },
    { do: 'refuse' },
    { do: 'cancel' },
    { do: 'react' },
    { do: 'follow' },
    { do: 'follow' },
    { do: 'byHand' },
  ],
  [{ do: 'request' }, { do: 'worsen', moods: ['refusing', 'refusing'] }, { do: 'follow' }],
  [...PAID, { do: 'cancel' }, { do: 'lie' }, { do: 'callback', order: 0 }, { do: 'react' }],
];

it('what was paid has registered the visit or went back, each once', async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(action, { minLength: 1, maxLength: 3 }), { maxLength: 25, size: 'max' }),
      async (rounds) => {
        const world = new World();
        for (const round of rounds) await Promise.all(round.map((each) => world.act(each)));
        await world.settle();
        for (const { type } of world.paymentEvents()) seen.add(type);
        for (const { type } of world.slotEvents) seen.add(type);
        const books = world.books();
        const kept = books.filter(({ refundedFen }) => refundedFen === 0);
        // Nothing goes back in part or twice.
        for (const { amountFen, refundedFen } of books) expect([0, amountFen]).toContain(refundedFen);
        // Money that stays belongs to a visit that is registered and not cancelled, and such a visit is paid once.
        const wanted = world.registered && !world.cancelled;
        expect(kept).toHaveLength(wanted ? 1 : 0);
        // Money that came in for a booking that stands has registered it.
        if (books.length > 0 && !world.cancelled) expect(world.registered).toBe(true);
      },
    ),
    { numRuns: 400, examples: RARE.map((steps) => [steps.map((step) => [step])]) },
  );
  expect([...seen]).toEqual(expect.arrayContaining(Object.keys(paymentEvents)));
  expect([...seen]).toEqual(
    expect.arrayContaining(['RegistrationRefused', 'BookingRegistered', 'BookingCancelled']),
  );
});

it('a lie about the amount is kept, and the truth still counts', async () => {
  const world = new World();
  const steps = ['request', 'follow', 'pay', 'lie', 'callback'] as const;
  for (const step of steps) await world.act({ do: step, order: 0 } as Action);
  expect(world.paymentEvents().map(({ type }) => type)).toEqual([
    'PaymentRequested',
    'PaymentOpened',
    'GatewayReportRefused',
    'PaymentSucceeded',
  ]);
});

it('nothing is left open once the time is over and the gateway answers', async () => {
  const world = new World();
  await world.act({ do: 'request' });
  await world.act({ do: 'worsen', moods: ['lost', 'away'] });
  for (let time = 0; time < 3; time++) await world.act({ do: 'follow' });
  await world.settle();
  expect(world.paymentEvents().map(({ type }) => type)).toEqual([
    'PaymentRequested',
    'PaymentOpened',
    'PaymentClosed',
  ]);
});

it('a payment that is followed by many at once is opened once', async () => {
  const world = new World();
  await world.act({ do: 'request' });
  await Promise.all(Array.from({ length: 5 }, () => world.act({ do: 'follow' })));
  expect(world.paymentEvents().filter(({ type }) => type === 'PaymentOpened')).toHaveLength(1);
});

it('asking twice is one order', async () => {
  const world = new World();
  await world.act({ do: 'request' });
  await world.act({ do: 'request' });
  expect(world.paymentEvents()).toHaveLength(1);
});
