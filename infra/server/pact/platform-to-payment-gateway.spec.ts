import { join } from 'node:path';
import { MatchersV3, PactV4, Verifier } from '@pact-foundation/pact';
import { SIGNATURE_HEADERS } from '@qingpu/contracts/partners/hospital/signature';
import {
  ORDERS_PATH,
  PAYMENT_GATEWAY,
  REFUNDS_PATH,
  STATEMENTS_PATH,
} from '@qingpu/contracts/partners/payment-gateway/payment-orders';
import { type Clock, systemClock } from '@qingpu/domains-kernel/clock';
import { PaymentGatewayUnavailable } from '@qingpu/domains-payments/ports';
import {
  type PaymentGatewaySimulator,
  startPaymentGatewaySimulator,
} from '@qingpu/simulators/payment-gateway-simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpPaymentGateway } from '../payments/payment-gateway.ts';
import { signAfresh } from './fresh-signature.ts';
import { emptyPactFile, interactionsIn, PAYMENTS, PLATFORM, refusalOf, signedHeaders } from './pact-file.ts';

/*
 * The platform is the consumer of the payment gateway. First its real adapter writes down what it asks and needs; then
 * the simulated gateway is held to it, as the gateway's own system would be.
 */

const { like, regex, string } = MatchersV3;
const secret = 'the secret of the payment gateway';
const file = emptyPactFile(PLATFORM, PAYMENTS, 'payment-gateway/pacts');
const pact = new PactV4({ consumer: PLATFORM, provider: PAYMENTS, dir: join(file, '..'), logLevel: 'error' });
const promises: string[] = [];

const MOMENT = String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$`;
const links = { notify: 'http://127.0.0.1:9', portal: 'https://qingpu.example' };
/** Long over. */
const DAY = '2026-01-05';
const OTHER_MERCHANT = '1234567890123456789013';
const MERCHANT = '1234567890123456789012';
const orderOf = (number: number, amountFen = 2500) => ({
  orderNumber: `ZF00000000000000000000${String(number).padStart(2, '0')}`,
  paymentId: '5b1d6e1c-6a0f-5c7e-9a43-000000000001',
  bookingId: '5b1d6e1c-6a0f-5c7e-9a43-000000000002',
  institutionCode: MERCHANT,
  amountFen,
  until: '2099-01-01T08:00:00.000+08:00',
});
type OrderWanted = ReturnType<typeof orderOf>;
const refundOf = ({ orderNumber }: OrderWanted) => ({
  refundNumber: `${orderNumber}T01`,
  orderNumber,
  amountFen: 2500,
  cause: 'bookingCancelled' as const,
});

const gatewayAt = (url: string, signing = secret, clock: Clock = systemClock) =>
  new HttpPaymentGateway({ url, secret: signing, links: () => links, clock });

/** The order as it is asked for. */
const newOrder = ({ orderNumber, paymentId, bookingId, institutionCode, amountFen, until }: OrderWanted) => ({
  orderNumber,
  merchant: institutionCode,
  reference: paymentId,
  amountFen,
  subject: '门诊挂号费',
  expiresAt: until,
  notifyUrl: `${links.notify}/api/partner/v1/payment-results`,
  returnUrl: `${links.portal}/portal/appointments/${bookingId}`,
});
const told = ({ orderNumber, amountFen }: OrderWanted, state: 'open' | 'paid' | 'closed') => ({
  orderNumber,
  gatewayOrderNumber: string('G1'),
  state,
  amountFen,
  payUrl: state === 'open' ? regex('^https?://.+$', 'http://127.0.0.1/pay/G1') : null,
  gatewayTradeNumber: state === 'paid' ? string('T1') : null,
  paidAt: state === 'paid' ? regex(MOMENT, '2026-12-01T08:00:00.000Z') : null,
});
const toldRefund = (order: OrderWanted) => {
  const { refundNumber, orderNumber, amountFen } = refundOf(order);
  return {
    refundNumber,
    orderNumber,
    amountFen,
    gatewayRefundNumber: string('R1'),
    state: 'succeeded',
    cause: null,
    refundedAt: regex(MOMENT, '2026-12-01T08:00:00.000Z'),
  };
};

interface Call {
  readonly description: string;
  readonly given: string;
  readonly order: OrderWanted;
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly idempotencyKey?: string;
  readonly body?: object;
  readonly answer: { readonly status: number; readonly body: object };
}

function promised<Answer>(
  { description, given, order, method, path, idempotencyKey, body, answer }: Call,
  ask: (gateway: HttpPaymentGateway) => Promise<Answer>,
): Promise<Answer> {
  promises.push(description);
  const headers = signedHeaders(PAYMENT_GATEWAY, idempotencyKey ?? '');
  const reading = Object.fromEntries(
    Object.entries(headers).filter(
      ([name]) => name !== 'Content-Type' && name !== SIGNATURE_HEADERS.idempotencyKey,
    ),
  );
  return pact
    .addInteraction()
    .given(given, { order })
    .uponReceiving(description)
    .withRequest(method, path, (request) => {
      if (body) request.headers(headers).jsonBody(body);
      else request.headers(reading);
    })
    .willRespondWith(answer.status, (response) =>
      response
        .headers({ 'Content-Type': regex('^application/json(;.*)?$', 'application/json; charset=utf-8') })
        .jsonBody(answer.body),
    )
    .executeTest(({ url }) => ask(gatewayAt(url))) as Promise<Answer>;
}

const refused = (status: number) => ({ status, body: { code: like('refused') } });
const pathOf = ({ orderNumber }: OrderWanted) => `${ORDERS_PATH}/${orderNumber}`;
const opening = (order: OrderWanted) => ({
  order,
  method: 'POST' as const,
  path: ORDERS_PATH,
  idempotencyKey: order.orderNumber,
  body: newOrder(order),
});

describe('what the platform needs of the payment gateway', () => {
  it('is given an address at which an order is paid, the same however often it asks', async () => {
    for (const [number, given, description] of [
      [1, 'there is no such order', 'a new order'],
      [2, 'the order is open', 'an order that is open already'],
    ] as const) {
      const order = orderOf(number);
      const call = {
        ...opening(order),
        description,
        given,
        answer: { status: 200, body: told(order, 'open') },
      };
      expect(await promised(call, (gateway) => gateway.open(order))).toMatchObject({ state: 'open' });
    }
  });

  it('is refused a number that stands for another order', async () => {
    const order = orderOf(3);
    const call = {
      ...opening(order),
      description: 'a number that stands for an order of another amount',
      given: 'the number stands for another order',
      answer: refused(409),
    };
    expect(await promised(call, (gateway) => gateway.open(order))).toEqual({
      state: 'refused',
      cause: 'status-409',
    });
  });

  it.each([
    ['there is no such order', 4, { state: 'absent' }, refused(404)],
    ['the order is open', 5, { state: 'open' }, { status: 200, body: told(orderOf(5), 'open') }],
    [
      'the order is paid',
      6,
      { state: 'paid', amountFen: 2500 },
      { status: 200, body: told(orderOf(6), 'paid') },
    ],
  ] as const)('is told by our number: %s', async (given, number, expected, answer) => {
    const order = orderOf(number);
    const call = { given, order, method: 'GET', path: pathOf(order), answer } as const;
    const found = await promised({ ...call, description: `a question while ${given}` }, (gateway) =>
      gateway.find(order.orderNumber),
    );
    expect(found).toMatchObject(expected);
  });

  it.each([
    ['the order is open', 7, 'closed'],
    ['the order is paid', 8, 'paid'],
  ] as const)('is told what became of an order that it closes: %s', async (given, number, state) => {
    const order = orderOf(number);
    const call = {
      description: `a closure while ${given}`,
      given,
      order,
      method: 'POST',
      path: `${pathOf(order)}/closure`,
      idempotencyKey: order.orderNumber,
      body: {},
      answer: { status: 200, body: told(order, state) },
    } as const;
    expect(await promised(call, (gateway) => gateway.close(order.orderNumber))).toMatchObject({ state });
  });

  it('gets money back of an order that was paid, and is told by our number', async () => {
    const order = orderOf(9);
    const { cause: _cause, ...refund } = refundOf(order);
    const asked = {
      description: 'a refund',
      given: 'the order is paid',
      order,
      method: 'POST',
      path: REFUNDS_PATH,
      idempotencyKey: refund.refundNumber,
      body: { ...refund, reason: '退号退费' },
      answer: { status: 200, body: toldRefund(order) },
    } as const;
    const succeeded = { state: 'succeeded' };
    expect(await promised(asked, (gateway) => gateway.refund(refundOf(order)))).toMatchObject(succeeded);
    const made = orderOf(10);
    const { refundNumber } = refundOf(made);
    const question = {
      description: 'a question about a refund that was made',
      given: 'the order was refunded',
      order: made,
      method: 'GET',
      path: `${REFUNDS_PATH}/${refundNumber}`,
      answer: { status: 200, body: toldRefund(made) },
    } as const;
    expect(await promised(question, (gateway) => gateway.findRefund(refundNumber))).toMatchObject(succeeded);
  });

  it('is told that there is no such refund', async () => {
    const order = orderOf(11);
    const { refundNumber } = refundOf(order);
    const call = {
      description: 'a question about a refund that nobody asked for',
      given: 'the order is paid',
      order,
      method: 'GET',
      path: `${REFUNDS_PATH}/${refundNumber}`,
      answer: refused(404),
    } as const;
    expect(await promised(call, (gateway) => gateway.findRefund(refundNumber))).toEqual({ state: 'absent' });
  });

  it('gets the statement of a day that is over, and is told when there is none yet', async () => {
    const order = { ...orderOf(13), institutionCode: OTHER_MERCHANT };
    const { refundNumber } = refundOf(order);
    const { orderNumber, paymentId: reference, amountFen } = order;
    const line = { reference, orderNumber, amountFen, at: regex(MOMENT, `${DAY}T04:00:00.000Z`) };
    const statement = {
      merchant: OTHER_MERCHANT,
      date: DAY,
      page: 1,
      pages: 1,
      totals: { payments: 1, paymentsFen: 2500, refunds: 1, refundsFen: 2500 },
      lines: [
        { kind: 'payment', ...line, gatewayTradeNumber: string('T1') },
        { kind: 'refund', ...line, refundNumber, gatewayRefundNumber: string('R1') },
      ],
    };
    const call = {
      description: 'a question for the statement of a day that is over',
      given: 'the order was paid and refunded on that day, which is over',
      order,
      method: 'GET',
      path: `${STATEMENTS_PATH}/${OTHER_MERCHANT}/${DAY}/1`,
      answer: { status: 200, body: statement },
    } as const;
    expect(await promised(call, (gateway) => gateway.statement(OTHER_MERCHANT, DAY))).toMatchObject([
      { subject: 'payment', number: orderNumber, paymentId: reference, amountFen },
      { subject: 'refund', number: refundNumber, orderNumber, amountFen },
    ]);
    const early = {
      description: 'a question for the statement of a day that is not over',
      given: 'the day is not over',
      order,
      method: 'GET',
      path: `${STATEMENTS_PATH}/${OTHER_MERCHANT}/2099-01-01/1`,
      answer: refused(404),
    } as const;
    const none = await promised(early, (gateway) => gateway.statement(OTHER_MERCHANT, '2099-01-01'));
    expect(none).toBeUndefined();
  });

  it('is refused under a signature that is not its own', async () => {
    const order = orderOf(12);
    const call = {
      description: 'a question under a wrong signature',
      given: 'the platform signs under a wrong secret',
      order,
      method: 'GET',
      path: pathOf(order),
      answer: refused(401),
    } as const;
    const refusal = await promised(call, (gateway) => refusalOf(gateway.find(order.orderNumber)));
    expect(refusal).toEqual(new PaymentGatewayUnavailable('status-401'));
  });
});

describe('the payment gateway', () => {
  let simulator: PaymentGatewaySimulator;
  let wrongSecret: string | undefined;
  let noon: Date | undefined;
  const clock: Clock = { now: () => noon ?? systemClock.now() };

  beforeAll(async () => {
    simulator = await startPaymentGatewaySimulator({ secret, now: () => clock.now().getTime() });
  });
  afterAll(() => simulator?.close());

  type State = { readonly order?: OrderWanted };
  const ordered = async (parameters: unknown, changes: Partial<OrderWanted> = {}): Promise<OrderWanted> => {
    const { order } = parameters as State;
    if (!order) throw new Error('the state names no order');
    await gatewayAt(simulator.url, secret, clock).open({ ...order, ...changes });
    return order;
  };
  const paid = async (parameters: unknown): Promise<OrderWanted> => {
    const order = await ordered(parameters);
    if (!simulator.pay(order.orderNumber)) throw new Error('it could not be paid');
    return order;
  };

  it('keeps the pact', async () => {
    expect(interactionsIn(file)).toEqual(promises.toSorted());
    const verifier = new Verifier({
      provider: PAYMENTS,
      providerBaseUrl: simulator.url,
      pactUrls: [file],
      logLevel: 'error',
      requestFilter: signAfresh((partnerId) =>
        partnerId === PAYMENT_GATEWAY ? (wrongSecret ?? secret) : undefined,
      ),
      stateHandlers: {
        'there is no such order': async () => undefined,
        'the order is open': async (parameters) => void (await ordered(parameters)),
        'the order is paid': async (parameters) => void (await paid(parameters)),
        'the number stands for another order': async (parameters) =>
          void (await ordered(parameters, { amountFen: 1 })),
        'the order was refunded': async (parameters) => {
          const order = await paid(parameters);
          await gatewayAt(simulator.url).refund(refundOf(order));
        },
        'the order was paid and refunded on that day, which is over': async (parameters) => {
          noon = new Date(`${DAY}T12:00:00+08:00`);
          const order = await paid(parameters);
          await gatewayAt(simulator.url, secret, clock).refund(refundOf(order));
          noon = undefined;
        },
        'the day is not over': async () => undefined,
        'the platform signs under a wrong secret': {
          setup: async () => {
            wrongSecret = 'not-the-secret-that-was-agreed-on';
          },
          teardown: async () => {
            wrongSecret = undefined;
          },
        },
      },
    });
    await verifier.verifyProvider();
  });
});
