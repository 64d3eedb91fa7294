import { randomUUID } from 'node:crypto';
import { SIGNATURE_HEADERS } from '@qingpu/contracts/partners/hospital/signature';
import {
  CLOSURE,
  type GatewayOrder,
  type GatewayRefund,
  type GatewayStatementPage,
  newOrderSchema,
  newRefundSchema,
  ORDERS_PATH,
  PAYMENT_GATEWAY,
  type PaymentResult,
  REFUNDS_PATH,
  STATEMENTS_PATH,
} from '@qingpu/contracts/partners/payment-gateway/payment-orders';
import { bodyDigest, signRequest } from '@qingpu/crypto/request-signing';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { cut, departureOf, listenAt, simulatorApp, urlOf } from './connections.ts';
import { FaultPlan, wholeNumber } from './fault-plan.ts';
import { PaymentBooks, totalsOf } from './payment-books.ts';
import { paymentPage } from './payment-page.ts';
import { type GatePartner, SignatureGate } from './signature-gate.ts';
import { WaitingRoom } from './waiting-room.ts';

const BODY_LIMIT = 16_384;

/** What the gateway is asked, or does by itself. */
const DEEDS = ['open', 'find', 'close', 'refund', 'findRefund', 'statement', 'callback'] as const;
type Deed = (typeof DEEDS)[number];

const LIES = [
  'otherNumber',
  'malformed',
  'open',
  'closed',
  'absent',
  'twice',
  'wrongAmount',
  'missingLine',
  'foreignLine',
  'wrongTotals',
] as const;

/** How the gateway misbehaves; what it was asked for is done all the same unless the fault says otherwise. */
export type PaymentFault =
  /** Answers with this status, and does nothing. */
  | { readonly kind: 'status'; readonly status: number }
  /** Answers, or reports, rightly but only after this many milliseconds. */
  | { readonly kind: 'lag'; readonly ms: number }
  /** Cuts the connection without an answer; a report is lost for good. */
  | { readonly kind: 'drop' }
  /** Never answers. */
  | { readonly kind: 'hang' }
  /** Will not refund. */
  | { readonly kind: 'refuse' }
  /**
   * Answers of another order or with no JSON; says that an order is open, closed or unknown which is not; reports twice,
   * or another amount. A statement lacks its first line, has another amount in it or a line of an order that nobody
   * placed, or contradicts its own totals.
   */
  | { readonly kind: 'lie'; readonly how: (typeof LIES)[number] };

export type PaymentFaultOrder = PaymentFault & {
  /** For what; for everything when left out. */
  readonly on?: Deed;
  /** For so many times; left out, until the reset. */
  readonly times?: number;
};

export interface PaymentGatewayOptions {
  /** Left out or 0: any free port. */
  readonly port?: number | undefined;
  /** Loopback unless told otherwise: whoever reaches the control endpoint rules the simulator. */
  readonly host?: string | undefined;
  /** Shared secret under which both sides sign. */
  readonly secret: string;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
  /** Before a report that was not taken is sent again; it doubles each time. */
  readonly reportPauseMs?: number | undefined;
}

export interface PaymentGatewaySimulator {
  readonly url: string;
  readonly port: number;
  /** What is truly in the books. */
  orders(): readonly GatewayOrder[];
  refunds(): readonly GatewayRefund[];
  /** The customer pays; false when the order cannot be paid. */
  pay(orderNumber: string): boolean;
  setFault(order: PaymentFaultOrder): void;
  /** Behaves again and lets go of every request that it keeps waiting; the books stay. */
  reset(): void;
  close(): Promise<void>;
}

const bounds = { on: { enum: DEEDS }, times: wholeNumber(1, 1_000_000) };
const variant = (
  kind: PaymentFault['kind'],
  own: Readonly<Record<string, object>> = {},
  required: string[] = [],
) => ({
  type: 'object',
  required: ['kind', ...required],
  additionalProperties: false,
  properties: { kind: { const: kind }, ...own, ...bounds },
});

/** JSON schema of an order as the control endpoint takes it. */
const faultOrderSchema = {
  oneOf: [
    variant('status', { status: wholeNumber(300, 599) }, ['status']),
    variant('lag', { ms: wholeNumber(0, 600_000) }, ['ms']),
    variant('lie', { how: { enum: LIES } }, ['how']),
    variant('refuse'),
    variant('hang'),
    variant('drop'),
  ],
};

/** Starts a payment gateway that speaks the partner contract over HTTP and has a page on which one can pay. */
export async function startPaymentGatewaySimulator(
  options: PaymentGatewayOptions,
): Promise<PaymentGatewaySimulator> {
  const app = simulatorApp(BODY_LIMIT);
  const cashier = new Cashier(options, () => urlOf(app, options.host));
  await app.register(async (scope) => addRoutes(scope, cashier));
  addControlRoutes(app, cashier);
  const listening = await listenAt(app, options, () => cashier.stop());
  return {
    ...listening,
    orders: () => cashier.books.orders(),
    refunds: () => cashier.books.refunds(),
    pay: (orderNumber) => cashier.pay(orderNumber),
    setFault: (order) => cashier.faults.set(order),
    reset: () => cashier.reset(),
  };
}

/** A request that carried the platform's signature. */
interface Asked {
  readonly deed: Exclude<Deed, 'callback'>;
  readonly body: unknown;
  readonly number: string;
}

const REPORT_ATTEMPTS = 8;
const REPORT_TIMEOUT_MS = 5_000;

/** Where orders arrive and reports leave: the signature is looked at first, then the ordered fault happens. */
class Cashier {
  readonly books: PaymentBooks;
  readonly faults = new FaultsByDeed();
  readonly room = new WaitingRoom();
  readonly #gate: SignatureGate<GatePartner>;
  readonly #secret: string;
  readonly #now: () => number;
  readonly #pauseMs: number;
  readonly #stopping = new AbortController();
  readonly #reports = new Set<Promise<void>>();

  constructor(
    { secret, now = () => Date.now(), reportPauseMs = 1_000 }: PaymentGatewayOptions,
    url: () => string,
  ) {
    this.books = new PaymentBooks((number) => `${url()}/pay/${number}`, now);
    this.#gate = new SignatureGate([{ partnerId: PAYMENT_GATEWAY, secret }], now);
    this.#secret = secret;
    this.#now = now;
    this.#pauseMs = reportPauseMs;
  }

  reset(): void {
    this.faults.reset();
    this.room.releaseAll();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.reset();
    await Promise.allSettled(this.#reports);
  }

  async answer(
    deed: Asked['deed'],
    request: FastifyRequest<{ Params: { readonly number?: string; readonly '*'?: string } }>,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    const { method = '', url: target = '', headers } = request.raw;
    const gate = this.#gate.check({ method, target, headers, body: raw });
    if ('fault' in gate) return refuse(reply, 401, gate.fault);
    const asked = { deed, body: jsonOf(raw), number: request.params.number ?? request.params['*'] ?? '' };
    const order = this.faults.take(deed);
    return order ? this.#misbehave(order, asked, request, reply) : this.#true(asked, reply);
  }

  pay(orderNumber: string): boolean {
    const result = this.books.pay(orderNumber);
    if (!result) return false;
    const reporting = this.#report(result).finally(() => this.#reports.delete(reporting));
    this.#reports.add(reporting);
    return true;
  }

  async #misbehave(
    order: PaymentFaultOrder,
    asked: Asked,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    switch (order.kind) {
      case 'status':
        return refuse(reply, order.status, 'fault-ordered');
      case 'refuse':
        return this.#true(asked, reply, true);
      case 'lie':
        return this.#lie(order.how, asked, reply);
      case 'lag': {
        // Done before the wait: the asker may have given up meanwhile and must find it done.
        const { status, content } = this.#done(asked, false);
        if (!(await this.room.wait(order.ms, departureOf(reply)))) return cut(request, reply);
        return reply.code(status).send(content);
      }
      case 'hang':
        this.#done(asked, false);
        await this.room.wait(undefined, departureOf(reply));
        return cut(request, reply);
      case 'drop':
        this.#done(asked, false);
        return cut(request, reply);
    }
  }

  #true(asked: Asked, reply: FastifyReply, refused = false): FastifyReply {
    const { status, content } = this.#done(asked, refused);
    return reply.code(status).send(content);
  }

  #done(
    { deed, body, number }: Asked,
    refused: boolean,
  ): { readonly status: number; readonly content: object } {
    switch (deed) {
      case 'open': {
        const order = newOrderSchema.safeParse(body);
        if (!order.success) return { status: 400, content: { code: 'order-malformed' } };
        if (refused) return { status: 422, content: { code: 'order-refused' } };
        return found(this.books.open(order.data), 409, 'order-differs');
      }
      case 'find':
        return found(this.books.find(number), 404, 'order-unknown');
      case 'close':
        return found(this.books.close(number), 404, 'order-unknown');
      case 'refund': {
        const refund = newRefundSchema.safeParse(body);
        if (!refund.success) return { status: 400, content: { code: 'refund-malformed' } };
        return found(this.books.refund(refund.data, refused), 409, 'refund-differs');
      }
      case 'findRefund':
        return found(this.books.findRefund(number), 404, 'refund-unknown');
      case 'statement': {
        const [merchant = '', date = '', page = ''] = number.split('/');
        return found(this.books.statement(merchant, date, Number(page)), 404, 'statement-not-ready');
      }
    }
  }

  #lie(how: Extract<PaymentFault, { kind: 'lie' }>['how'], asked: Asked, reply: FastifyReply): FastifyReply {
    const { status, content } = this.#done(asked, false);
    if (how === 'malformed') return reply.type('application/json').send('{"orderNumber": "');
    if (how === 'absent') return refuse(reply, 404, 'order-unknown');
    if (status !== 200) return reply.code(status).send(content);
    if (asked.deed === 'statement') return reply.send(misstated(how, content as GatewayStatementPage));
    if (how === 'otherNumber')
      return reply.send({ ...content, orderNumber: 'ZF00000000', refundNumber: 'ZF00000000' });
    const unpaid = { gatewayTradeNumber: null, paidAt: null };
    if (how === 'closed') return reply.send({ ...content, state: 'closed', payUrl: null, ...unpaid });
    if (how === 'open')
      return reply.send({ ...content, state: 'open', payUrl: 'http://127.0.0.1/pay/lie', ...unpaid });
    return reply.send(content);
  }

  async #report(result: PaymentResult): Promise<void> {
    const order = this.faults.take('callback');
    if (order?.kind === 'drop') return;
    if (order?.kind === 'lag' && !(await this.room.wait(order.ms, this.#stopping.signal))) return;
    if (order?.kind === 'lie' && order.how === 'wrongAmount')
      await this.#send({ ...result, amountFen: result.amountFen + 1 });
    const times = order?.kind === 'lie' && order.how === 'twice' ? 2 : 1;
    for (let time = 0; time < times; time++) await this.#sendUntilTaken(result);
  }

  async #sendUntilTaken(result: PaymentResult): Promise<void> {
    for (let attempt = 0; attempt < REPORT_ATTEMPTS; attempt++) {
      if (await this.#send(result)) return;
      const pauseMs = this.#pauseMs * 2 ** attempt;
      if (!(await this.room.wait(pauseMs, this.#stopping.signal))) return;
    }
  }

  /** Whether it was taken. */
  async #send(result: PaymentResult): Promise<boolean> {
    const notifyUrl = this.books.orderToReport(result.orderNumber)?.notifyUrl;
    if (notifyUrl === undefined) return true;
    const body = JSON.stringify(result);
    try {
      const response = await fetch(notifyUrl, {
        method: 'POST',
        body,
        headers: this.#headers(new URL(notifyUrl).pathname, body, result),
        signal: AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(REPORT_TIMEOUT_MS)]),
      });
      await response.body?.cancel();
      return response.status === 200;
    } catch {
      // Whoever does not answer is told again.
      return false;
    }
  }

  #headers(target: string, body: string, result: PaymentResult): Record<string, string> {
    const request = {
      method: 'POST',
      target,
      timestamp: String(this.#now()),
      nonce: randomUUID(),
      idempotencyKey: `${result.gatewayTradeNumber}-${result.amountFen}`,
      bodyDigest: bodyDigest(Buffer.from(body)),
    };
    return {
      'content-type': 'application/json',
      [SIGNATURE_HEADERS.partner]: PAYMENT_GATEWAY,
      [SIGNATURE_HEADERS.timestamp]: request.timestamp,
      [SIGNATURE_HEADERS.nonce]: request.nonce,
      [SIGNATURE_HEADERS.idempotencyKey]: request.idempotencyKey,
      [SIGNATURE_HEADERS.signature]: signRequest(this.#secret, request),
    };
  }
}

/** A page of a statement that is not true; its totals fit it unless they are what is wrong. */
function misstated(how: (typeof LIES)[number], page: GatewayStatementPage): GatewayStatementPage {
  const [first, ...others] = page.lines;
  const changed = (lines: GatewayStatementPage['lines']) => ({ ...page, lines, totals: totalsOf(lines) });
  switch (how) {
    case 'missingLine':
      return changed(others);
    case 'wrongAmount':
      return changed(first ? [{ ...first, amountFen: first.amountFen + 1 }, ...others] : others);
    case 'foreignLine':
      return changed([...page.lines, foreignLine(page.date)]);
    case 'wrongTotals':
      return { ...page, totals: { ...page.totals, paymentsFen: page.totals.paymentsFen + 1 } };
    default:
      return { ...page, merchant: `${page.merchant}0` };
  }
}

function foreignLine(date: string): GatewayStatementPage['lines'][number] {
  const number = randomUUID().replaceAll('-', '').toUpperCase();
  return {
    kind: 'payment',
    reference: randomUUID(),
    orderNumber: `XX${number.slice(0, 20)}`,
    amountFen: 1_200,
    at: `${date}T12:00:00+08:00`,
    gatewayTradeNumber: `T${number}`,
  };
}

/** One fault at a time, which holds for one deed or for all. */
class FaultsByDeed {
  readonly #plan = new FaultPlan<PaymentFaultOrder & { readonly institutionCode?: string }>();

  set(order: PaymentFaultOrder): void {
    this.#plan.set(order);
  }

  reset(): void {
    this.#plan.reset();
  }

  take(deed: Deed): PaymentFaultOrder | undefined {
    const on = this.#plan.current()?.order.on;
    return on === undefined || on === deed ? this.#plan.take() : undefined;
  }

  current() {
    return this.#plan.current();
  }
}

function found(content: object | undefined, status: number, code: string) {
  return content ? { status: 200, content } : { status, content: { code } };
}

function refuse(reply: FastifyReply, status: number, code: string): FastifyReply {
  return reply.code(status).send({ code });
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** In a scope of its own: the signature covers the body's bytes, and the page's form sends no JSON. */
function addRoutes(app: FastifyInstance, cashier: Cashier): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  type Numbered = { Params: { readonly number: string } };
  app.post(ORDERS_PATH, (request: FastifyRequest<{ Params: object }>, reply) =>
    cashier.answer('open', request, reply),
  );
  app.get<Numbered>(`${ORDERS_PATH}/:number`, (request, reply) => cashier.answer('find', request, reply));
  app.post<Numbered>(`${ORDERS_PATH}/:number/${CLOSURE}`, (request, reply) =>
    cashier.answer('close', request, reply),
  );
  app.post(REFUNDS_PATH, (request: FastifyRequest<{ Params: object }>, reply) =>
    cashier.answer('refund', request, reply),
  );
  app.get<Numbered>(`${REFUNDS_PATH}/:number`, (request, reply) =>
    cashier.answer('findRefund', request, reply),
  );
  app.get<Numbered>(`${STATEMENTS_PATH}/*`, (request, reply) => cashier.answer('statement', request, reply));
  app.get<Numbered>('/pay/:number', (request, reply) => page(cashier, request.params.number, reply));
  app.post<Numbered>('/pay/:number', (request, reply) => {
    const { number } = request.params;
    const known = cashier.books.byGatewayNumber(number);
    if (known) cashier.pay(known.told.orderNumber);
    return reply.redirect(`/pay/${encodeURIComponent(number)}`, 303);
  });
}

function page(cashier: Cashier, number: string, reply: FastifyReply): FastifyReply {
  const known = cashier.books.byGatewayNumber(number);
  if (!known) return reply.code(404).type('text/plain; charset=utf-8').send('没有这个订单');
  return reply.type('text/html; charset=utf-8').send(paymentPage(known.order, known.told));
}

function addControlRoutes(app: FastifyInstance, cashier: Cashier): void {
  const state = () => ({ fault: cashier.faults.current(), waiting: cashier.room.waiting });
  app.get('/health', () => ({ status: 'ok' }));
  app.get('/orders', () => ({ items: cashier.books.orders().slice(-1000).reverse() }));
  app.get('/refunds', () => ({ items: cashier.books.refunds().slice(-1000).reverse() }));
  app.get('/control/fault', state);
  app.put<{ Body: PaymentFaultOrder }>(
    '/control/fault',
    { schema: { body: faultOrderSchema } },
    (request) => {
      cashier.faults.set(request.body);
      return state();
    },
  );
  app.delete('/control/fault', () => {
    cashier.reset();
    return state();
  });
}
