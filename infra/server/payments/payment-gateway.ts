import { isDeepStrictEqual } from 'node:util';
import { REFUND_CAUSES } from '@qingpu/contracts/codes/payment-tables';
import {
  CLOSURE,
  type GatewayOrder,
  type GatewayRefund,
  type GatewayStatementLine,
  type GatewayStatementPage,
  type NewOrder,
  type NewRefund,
  ORDERS_PATH,
  orderSchema,
  PAYMENT_GATEWAY,
  PAYMENT_RESULTS_PATH,
  REFUNDS_PATH,
  refundSchema,
  STATEMENTS_PATH,
  statementPageSchema,
} from '@qingpu/contracts/partners/payment-gateway/payment-orders';
import type { Clock } from '@qingpu/domains-kernel/clock';
import {
  type Movement,
  type OrderFound,
  type OrderToOpen,
  type PaymentGateway,
  PaymentGatewayUnavailable,
  type RefundFound,
  type RefundToMake,
} from '@qingpu/domains-payments/ports';
import { keyOf, totalsOf } from '@qingpu/domains-payments/statement-comparison';
import { DeliveryFault } from '@qingpu/runtime/delivery-worker';
import type { z } from 'zod';
import { readJson, signedHeaders } from '../operations/signed-delivery.ts';

export interface PaymentGatewayParts {
  readonly url: string;
  readonly secret: string;
  /** Where the platform is reached: by the gateway that reports, and by the browser of whoever has paid. */
  readonly links: () => { readonly notify: string; readonly portal: string };
  readonly clock: Clock;
}

export interface PaymentGatewayLimits {
  readonly attempts: number;
  /** For one attempt. */
  readonly timeoutMs: number;
  readonly pauseMs: number;
  /** Requests under way at the same time; more are turned away instead of waiting without bound. */
  readonly mostUnderWay: number;
}

const LIMITS: PaymentGatewayLimits = { attempts: 2, timeoutMs: 2_000, pauseMs: 150, mostUnderWay: 100 };

/** What payers read: nothing of the patient, the department or the doctor. */
const SUBJECT = '门诊挂号费';
/** Largest answer that is read, in bytes: a page of a statement. */
const MAX_ANSWER_BYTES = 512 * 1024;
/** Statuses with which the gateway refuses an order for good. */
const REFUSALS = new Set([409, 422]);

type Answer = { readonly status: number; readonly body: unknown };

/**
 * The payment gateway over signed HTTP. All that is asked of it goes by our own numbers, so that it may be asked again;
 * what cannot be read, or speaks of something else, is no answer.
 */
export class HttpPaymentGateway implements PaymentGateway {
  readonly connected = true;
  readonly #parts: PaymentGatewayParts;
  readonly #limits: PaymentGatewayLimits;
  #underWay = 0;

  constructor(parts: PaymentGatewayParts, limits: Partial<PaymentGatewayLimits> = {}) {
    this.#parts = parts;
    this.#limits = { ...LIMITS, ...limits };
  }

  async open(wanted: OrderToOpen) {
    const { orderNumber, paymentId, bookingId, institutionCode, amountFen, until } = wanted;
    const { notify, portal } = this.#parts.links();
    const order: NewOrder = {
      orderNumber,
      merchant: institutionCode,
      reference: paymentId,
      amountFen,
      subject: SUBJECT,
      expiresAt: until,
      notifyUrl: new URL(PAYMENT_RESULTS_PATH, notify).href,
      returnUrl: new URL(`/portal/appointments/${bookingId}`, portal).href,
    };
    const answer = await this.#ask('POST', ORDERS_PATH, order, orderNumber);
    if (REFUSALS.has(answer.status)) return { state: 'refused', cause: `status-${answer.status}` } as const;
    const opened = orderIn(answer, orderNumber);
    if (opened.amountFen !== amountFen) throw new PaymentGatewayUnavailable('wrong-answer');
    return foundOrder(opened);
  }

  async find(orderNumber: string): Promise<OrderFound> {
    const answer = await this.#ask('GET', `${ORDERS_PATH}/${orderNumber}`);
    return answer.status === 404 ? { state: 'absent' } : foundOrder(orderIn(answer, orderNumber));
  }

  async close(orderNumber: string): Promise<OrderFound> {
    const answer = await this.#ask('POST', `${ORDERS_PATH}/${orderNumber}/${CLOSURE}`, {}, orderNumber);
    return answer.status === 404 ? { state: 'absent' } : foundOrder(orderIn(answer, orderNumber));
  }

  async refund({ cause, ...refund }: RefundToMake): Promise<RefundFound> {
    const wanted: NewRefund = { ...refund, reason: REFUND_CAUSES[cause] };
    const answer = await this.#ask('POST', REFUNDS_PATH, wanted, refund.refundNumber);
    // Refused as a request: nothing goes back, and asking again would change nothing.
    if (REFUSALS.has(answer.status)) return { state: 'refused', cause: `status-${answer.status}` };
    const made = refundIn(answer, refund.refundNumber);
    if (made.amountFen !== refund.amountFen) throw new PaymentGatewayUnavailable('wrong-answer');
    return foundRefund(made);
  }

  async findRefund(refundNumber: string): Promise<RefundFound> {
    const answer = await this.#ask('GET', `${REFUNDS_PATH}/${refundNumber}`);
    return answer.status === 404 ? { state: 'absent' } : foundRefund(refundIn(answer, refundNumber));
  }

  async statement(institutionCode: string, date: string): Promise<readonly Movement[] | undefined> {
    const first = await this.#statementPage(institutionCode, date, 1);
    if (!first) return undefined;
    const lines = [...first.lines];
    for (let page = 2; page <= first.pages; page += 1) {
      const next = await this.#statementPage(institutionCode, date, page);
      if (!next || !isDeepStrictEqual({ ...next, page: 1, lines: [] }, { ...first, lines: [] }))
        throw new PaymentGatewayUnavailable('wrong-answer');
      lines.push(...next.lines);
    }
    const movements = lines.map(movementOf);
    if (!isWhole(movements, first.totals)) throw new PaymentGatewayUnavailable('wrong-answer');
    return movements;
  }

  async #statementPage(
    merchant: string,
    date: string,
    page: number,
  ): Promise<GatewayStatementPage | undefined> {
    const answer = await this.#ask('GET', `${STATEMENTS_PATH}/${merchant}/${date}/${page}`);
    if (answer.status === 404) return undefined;
    return about(
      statementPageSchema,
      answer,
      (found) => found.merchant === merchant && found.date === date && found.page === page,
    );
  }

  async #ask(
    method: 'GET' | 'POST',
    target: string,
    content?: unknown,
    idempotencyKey = '',
  ): Promise<Answer> {
    if (this.#underWay >= this.#limits.mostUnderWay) throw new PaymentGatewayUnavailable('too-busy');
    this.#underWay += 1;
    try {
      return await this.#untilAnswered(() => this.#send(method, target, content, idempotencyKey));
    } finally {
      this.#underWay -= 1;
    }
  }

  async #untilAnswered(send: () => Promise<Answer>): Promise<Answer> {
    const { attempts, pauseMs } = this.#limits;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await send();
      } catch (error) {
        if (attempt >= attempts || !(error instanceof PaymentGatewayUnavailable)) throw error;
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  /** @throws PaymentGatewayUnavailable with a stable reason, never what the gateway said */
  async #send(
    method: 'GET' | 'POST',
    target: string,
    content: unknown,
    idempotencyKey: string,
  ): Promise<Answer> {
    const { url, secret, clock } = this.#parts;
    const body = content === undefined ? '' : JSON.stringify(content);
    const signer = { partnerId: PAYMENT_GATEWAY, secret };
    const headers = signedHeaders(signer, { method, target, idempotencyKey, body, now: clock.now() });
    try {
      const response = await fetch(new URL(target, url), {
        method,
        headers,
        signal: AbortSignal.timeout(this.#limits.timeoutMs),
        redirect: 'error',
        ...(method === 'POST' && { body }),
      });
      if (response.status === 200)
        return { status: 200, body: await readJson(response.body, MAX_ANSWER_BYTES) };
      await response.body?.cancel();
      if (response.status === 404 || REFUSALS.has(response.status))
        return { status: response.status, body: undefined };
      throw new PaymentGatewayUnavailable(`status-${response.status}`);
    } catch (error) {
      if (error instanceof PaymentGatewayUnavailable) throw error;
      const reason = error instanceof DeliveryFault ? 'wrong-answer' : 'unreachable';
      throw new PaymentGatewayUnavailable(reason, { cause: error });
    }
  }
}

/** For installations without one: nobody pays online. */
export class NoPaymentGateway implements PaymentGateway {
  readonly connected = false;

  async open(): Promise<never> {
    throw notConnected();
  }
  async find(): Promise<never> {
    throw notConnected();
  }
  async close(): Promise<never> {
    throw notConnected();
  }
  async refund(): Promise<never> {
    throw notConnected();
  }
  async findRefund(): Promise<never> {
    throw notConnected();
  }
  async statement(): Promise<never> {
    throw notConnected();
  }
}

function notConnected(): PaymentGatewayUnavailable {
  return new PaymentGatewayUnavailable('not-connected');
}

function orderIn(answer: Answer, orderNumber: string): GatewayOrder {
  return about(orderSchema, answer, (order) => order.orderNumber === orderNumber);
}

function refundIn(answer: Answer, refundNumber: string): GatewayRefund {
  return about(refundSchema, answer, (refund) => refund.refundNumber === refundNumber);
}

function about<Content>(
  schema: z.ZodType<Content>,
  { body }: Answer,
  isAsked: (content: Content) => boolean,
): Content {
  const parsed = schema.safeParse(body);
  if (!parsed.success || !isAsked(parsed.data)) throw new PaymentGatewayUnavailable('wrong-answer');
  return parsed.data;
}

function foundOrder(order: GatewayOrder): OrderFound {
  const { state, gatewayOrderNumber, payUrl, gatewayTradeNumber, paidAt, amountFen } = order;
  if (state === 'closed') return { state };
  if (state === 'open' && payUrl !== null) return { state, gatewayOrderNumber, payUrl };
  if (state === 'paid' && gatewayTradeNumber !== null && paidAt !== null && amountFen > 0)
    return { state, gatewayTradeNumber, amountFen, paidAt };
  throw new PaymentGatewayUnavailable('wrong-answer');
}

function foundRefund({ state, cause, gatewayRefundNumber, refundedAt }: GatewayRefund): RefundFound {
  if (state === 'processing') return { state };
  if (state === 'refused') return { state, cause: cause ?? 'unnamed' };
  if (refundedAt !== null) return { state, gatewayRefundNumber, refundedAt };
  throw new PaymentGatewayUnavailable('wrong-answer');
}

function movementOf(line: GatewayStatementLine): Movement {
  const { reference: paymentId, orderNumber, amountFen } = line;
  const known = { paymentId, orderNumber, amountFen };
  return line.kind === 'payment'
    ? { ...known, subject: line.kind, number: orderNumber, gatewayNumber: line.gatewayTradeNumber }
    : { ...known, subject: line.kind, number: line.refundNumber, gatewayNumber: line.gatewayRefundNumber };
}

/** A statement that contradicts its own totals, or names a number twice, is no statement. */
function isWhole(movements: readonly Movement[], totals: GatewayStatementPage['totals']): boolean {
  const numbers = new Set(movements.map(keyOf));
  return numbers.size === movements.length && isDeepStrictEqual(totalsOf(movements), totals);
}
