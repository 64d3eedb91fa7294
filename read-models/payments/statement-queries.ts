import { isDeepStrictEqual } from 'node:util';
import type { MovementSubject, StatementState } from '@qingpu/contracts/codes/payment-tables';
import type { DayTotals, StatementDifference } from '@qingpu/contracts/events/payments';
import type { Page } from '@qingpu/contracts/http/paging';
import { plusDays } from '@qingpu/contracts/slots/shanghai-calendar';
import { type PageRequest, pageShape, windowOf } from '@qingpu/read-models-kernel/paging';
import type { Freshness, ViewReader } from '@qingpu/read-models-kernel/view-reader';
import { keyOf, statementId } from './projection.ts';
import type { OrderDocument, StatementDocument } from './view.ts';

/** Most statements that a sweep is handed at once. */
const MOST_AWAITED = 500;
/** Most movements of one institution and day: as many as a statement may have. */
const MOST_MOVEMENTS = 100_000;
const MOST_INSTITUTIONS = 10_000;
/** What a list shows of a statement. */
const LINE_FIELDS = ['institutionCode', 'date', 'state', 'open', 'here', 'there', 'comparedAt'];

/** Which statements a list shows. */
export interface StatementFilter {
  readonly institution?: string | undefined;
  readonly state?: StatementState | undefined;
  /** YYYY-MM-DD, both included. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** One institution's calendar day in Shanghai. */
export interface StatementDay {
  readonly institutionCode: string;
  readonly date: string;
}

export interface StatementLine extends StatementDay {
  readonly state: StatementState;
  readonly open: number;
  /** Null before the first comparison. */
  readonly here: DayTotals | null;
  readonly there: DayTotals | null;
  readonly comparedAt: string | null;
}

export interface StatementDetail extends StatementLine, Freshness {
  readonly differences: readonly (StatementDifference & {
    readonly settled: { readonly reason: string; readonly at: string } | null;
  })[];
  readonly unlisted: number;
}

/** Money that moved, as our payments have it. */
export interface OwnMovement {
  readonly subject: MovementSubject;
  readonly number: string;
  readonly orderNumber: string;
  readonly paymentId: string;
  readonly gatewayNumber: string;
  readonly amountFen: number;
}

/** Answers about the gateway's daily statements and what they are compared with. */
export class Statements {
  readonly #reader: ViewReader;

  constructor(reader: ViewReader) {
    this.#reader = reader;
  }

  /** The newest day first. @throws PositionBeyondHead */
  async list(wanted: StatementFilter, request: PageRequest): Promise<Page<StatementLine>> {
    const window = windowOf(request);
    const fresh = await this.#freshness(request.after);
    const query = { filter: filterOf(wanted), sort: { date: -1 }, fields: LINE_FIELDS } as const;
    const { found, total } = await this.#reader.page<StatementDocument>('statements', query, window);
    return pageShape(window, fresh, found.map(statementLine), total);
  }

  /** Undefined when nothing is to be compared on that day. @throws PositionBeyondHead */
  async find({ institutionCode, date }: StatementDay, after?: string): Promise<StatementDetail | undefined> {
    const fresh = await this.#freshness(after);
    const id = statementId(institutionCode, date);
    const found = await this.#reader.findOne<StatementDocument>('statements', id);
    if (!found) return undefined;
    const { differences = [], settlements = {}, unlisted = 0 } = found;
    return {
      ...statementLine(found),
      ...fresh,
      unlisted,
      differences: differences.map((difference) => {
        const settlement = settlements[keyOf(difference)];
        const holds = settlement && isDeepStrictEqual(settlement.difference, difference);
        return { ...difference, settled: holds ? { reason: settlement.reason, at: settlement.at } : null };
      }),
    };
  }

  /** Days whose statement was never compared, the oldest first. */
  async awaited(): Promise<readonly StatementDay[]> {
    const found = await this.#reader.find<StatementDocument>('statements', {
      filter: { state: 'awaited' },
      sort: { date: 1 },
      limit: MOST_AWAITED,
      fields: ['institutionCode', 'date'],
    });
    return found.map(({ institutionCode, date }) => ({ institutionCode, date }));
  }

  /** Institutions at which money may have moved on that day and whose statement of it nobody expects yet. */
  async unexpected(date: string): Promise<readonly string[]> {
    // An order that was asked for shortly before midnight may be paid after it.
    const asked = { requestedOn: { $in: [plusDays(date, -1), date] } };
    const [moved, known] = await Promise.all([
      Promise.all(
        [asked, { paidOn: date }, { refundedOn: date }].map((filter) =>
          this.#reader.countBy('orders', filter, ['institutionCode']),
        ),
      ),
      this.#reader.find<StatementDocument>('statements', {
        filter: { date },
        limit: MOST_INSTITUTIONS,
        fields: ['institutionCode'],
      }),
    ]);
    const expected = new Set(known.map(({ institutionCode }) => institutionCode));
    const institutions = new Set(moved.flat().map(({ values }) => String(values[0])));
    return [...institutions].filter((institutionCode) => !expected.has(institutionCode));
  }

  /** What moved on that day, once the view has all that stands in the log now; undefined when it lags. */
  async movements({ institutionCode, date }: StatementDay): Promise<readonly OwnMovement[] | undefined> {
    const { stale } = await this.#reader.catchUp();
    if (stale) return undefined;
    const ofDay = (field: 'paidOn' | 'refundedOn') =>
      this.#reader.find<OrderDocument>('orders', {
        filter: { institutionCode, [field]: date },
        limit: MOST_MOVEMENTS,
      });
    const [paid, refunded] = await Promise.all([ofDay('paidOn'), ofDay('refundedOn')]);
    return [...paid.map(paymentOf), ...refunded.map(refundOf)];
  }

  #freshness(after: string | undefined): Promise<Freshness> {
    return this.#reader.freshness(after === undefined ? undefined : BigInt(after));
  }
}

function filterOf({ institution, state, from, to }: StatementFilter): Readonly<Record<string, unknown>> {
  const days = { ...(from !== undefined && { $gte: from }), ...(to !== undefined && { $lte: to }) };
  return {
    ...(institution !== undefined && { institutionCode: institution }),
    ...(state !== undefined && { state }),
    ...(Object.keys(days).length > 0 && { date: days }),
  };
}

function paymentOf(order: OrderDocument): OwnMovement {
  const { _id, paymentId, gatewayTradeNumber = '', amountFen, paidFen = amountFen } = order;
  return {
    subject: 'payment',
    number: _id,
    orderNumber: _id,
    paymentId,
    gatewayNumber: gatewayTradeNumber,
    amountFen: paidFen,
  };
}

function refundOf(order: OrderDocument): OwnMovement {
  const { _id, paymentId, amountFen, paidFen = amountFen } = order;
  const { refundNumber = '', gatewayRefundNumber = '' } = order;
  return {
    subject: 'refund',
    number: refundNumber,
    orderNumber: _id,
    paymentId,
    gatewayNumber: gatewayRefundNumber,
    amountFen: paidFen,
  };
}

function statementLine(found: StatementDocument): StatementLine {
  const { institutionCode, date, state, open = 0, here = null, there = null, comparedAt = null } = found;
  return { institutionCode, date, state, open, here, there, comparedAt };
}
