import type { CommandBus } from '@nestjs/cqrs';
import { paymentPolicy } from '@qingpu/contracts/rules/payment-policy';
import { plusDays, shanghaiDateAt, shanghaiInstant } from '@qingpu/contracts/slots/shanghai-calendar';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { OwnMovementsUnknown, PaymentGatewayUnavailable } from '@qingpu/domains-payments/ports';
import { CompareStatement, ExpectStatement } from '@qingpu/domains-payments/statement.handlers';
import type { StatementDay, Statements } from '@qingpu/read-models-payments/statement-queries';
import type { ConsumerLog } from '@qingpu/runtime/consumer';
import { followEnvelope } from './payment-sweep.ts';

/** Statements that are fetched at the same time. */
const LANES = 4;
const FIRST_PAUSE_MS = 15_000;
const LONGEST_PAUSE_MS = 600_000;
const EARLIER_DAYS_EVERY_MS = 3_600_000;

interface Turn {
  readonly pauseMs: number;
  readonly nextAt: number;
}

/**
 * Fetches and compares the gateway's statement of every day that is over and on which money may have moved, until it is
 * there. That it is awaited stands in the log: a process that dies leaves nothing to be remembered.
 */
export class StatementSweep {
  readonly #statements: Statements;
  readonly #bus: CommandBus;
  readonly #now: () => Date;
  readonly #log: ConsumerLog;
  /** When each is asked for next; forgotten once it is compared. */
  #turns = new Map<string, Turn>();
  #earlierDaysAt = 0;

  constructor(statements: Statements, bus: CommandBus, now: () => Date, log: ConsumerLog) {
    this.#statements = statements;
    this.#bus = bus;
    this.#now = now;
    this.#log = log;
  }

  async run(): Promise<void> {
    const expected = await this.#expect();
    const awaited = new Map((await this.#statements.awaited()).map((day) => [keyOf(day), day]));
    for (const day of expected) awaited.set(keyOf(day), day);
    this.#turns = new Map([...this.#turns].filter(([key]) => awaited.has(key)));
    const queue = [...awaited.values()].filter((day) => this.#isDue(day)).values();
    const lane = async () => {
      for (const day of queue) await this.#compare(day);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }

  /** Writes down which statements are to come; answers the new ones. */
  async #expect(): Promise<StatementDay[]> {
    const found: StatementDay[] = [];
    for (const date of this.#daysToLookAt()) {
      for (const institutionCode of await this.#statements.unexpected(date)) {
        const day = { institutionCode, date };
        await this.#bus.execute(new ExpectStatement(day, followEnvelope('sweep:statements')));
        found.push(day);
      }
    }
    return found;
  }

  /** The last day each time, because the view may not have all of it yet; earlier ones now and then. */
  #daysToLookAt(): string[] {
    const now = this.#now().getTime();
    const [last = '', ...earlier] = this.#daysOver();
    if (now < this.#earlierDaysAt) return [last];
    this.#earlierDaysAt = now + EARLIER_DAYS_EVERY_MS;
    return [last, ...earlier];
  }

  /** Days whose statements should be drawn up, the newest first. */
  #daysOver(): string[] {
    const { statementReadyAt, statementDaysBack } = paymentPolicy;
    const today = shanghaiDateAt(this.#now());
    const isReady = this.#now() >= shanghaiInstant(today, statementReadyAt);
    const last = plusDays(today, isReady ? -1 : -2);
    return Array.from({ length: statementDaysBack }, (_none, back) => plusDays(last, -back));
  }

  #isDue(day: StatementDay): boolean {
    return (this.#turns.get(keyOf(day))?.nextAt ?? 0) <= this.#now().getTime();
  }

  async #compare(day: StatementDay): Promise<void> {
    const key = keyOf(day);
    const before = this.#turns.get(key)?.pauseMs ?? FIRST_PAUSE_MS / 2;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, before * 2);
    this.#turns.set(key, { pauseMs, nextAt: this.#now().getTime() + pauseMs });
    try {
      await this.#bus.execute(new CompareStatement(day, followEnvelope('sweep:statements')));
    } catch (error) {
      // Not drawn up, not reached, not readable, or our own view lags: the next turn asks again.
      if (!isPassing(error)) throw error;
      this.#log.warn({ ...day, reason: error.message }, 'a statement could not be compared');
    }
  }
}

function isPassing(error: unknown): error is Error {
  return (
    error instanceof PaymentGatewayUnavailable ||
    error instanceof OwnMovementsUnknown ||
    error instanceof Rejection
  );
}

function keyOf({ institutionCode, date }: StatementDay): string {
  return `${institutionCode} ${date}`;
}
