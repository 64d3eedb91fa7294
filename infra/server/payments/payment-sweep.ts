import { randomUUID } from 'node:crypto';
import type { CommandBus } from '@nestjs/cqrs';
import type { CommandEnvelope } from '@qingpu/domains-kernel/command-handling';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { FollowPayment } from '@qingpu/domains-payments/handlers';
import { PaymentGatewayUnavailable } from '@qingpu/domains-payments/ports';
import type { Payments } from '@qingpu/read-models-payments/queries';
import type { ConsumerLog } from '@qingpu/runtime/consumer';

/** What one sweep takes on; the next goes on from there. */
const MOST_AT_ONCE = 500;
/** Payments that are followed at the same time. */
const LANES = 8;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;

interface Turn {
  readonly pauseMs: number;
  readonly nextAt: number;
}

/** Follows every payment of which something is not known yet: at first every few seconds, then more and more seldom. */
export class PaymentSweep {
  readonly #payments: Payments;
  readonly #bus: CommandBus;
  readonly #now: () => Date;
  readonly #log: ConsumerLog;
  /** When each is looked into next; forgotten once it is settled. */
  #turns = new Map<string, Turn>();

  constructor(payments: Payments, bus: CommandBus, now: () => Date, log: ConsumerLog) {
    this.#payments = payments;
    this.#bus = bus;
    this.#now = now;
    this.#log = log;
  }

  async run(): Promise<void> {
    const unsettled = await this.#payments.unsettled(MOST_AT_ONCE);
    this.#turns = new Map(
      unsettled.flatMap((id) => {
        const turn = this.#turns.get(id);
        return turn ? [[id, turn] as const] : [];
      }),
    );
    const queue = unsettled.filter((id) => this.#isDue(id)).values();
    const lane = async () => {
      for (const paymentId of queue) await this.#follow(paymentId);
    };
    await Promise.all(Array.from({ length: LANES }, lane));
  }

  #isDue(paymentId: string): boolean {
    return (this.#turns.get(paymentId)?.nextAt ?? 0) <= this.#now().getTime();
  }

  async #follow(paymentId: string): Promise<void> {
    const pauseMs = Math.min(
      LONGEST_PAUSE_MS,
      (this.#turns.get(paymentId)?.pauseMs ?? FIRST_PAUSE_MS / 2) * 2,
    );
    this.#turns.set(paymentId, { pauseMs, nextAt: this.#now().getTime() + pauseMs });
    try {
      await this.#bus.execute(new FollowPayment(paymentId, followEnvelope('sweep:payments')));
    } catch (error) {
      // The gateway is away, or says what cannot be: the next turn asks again.
      if (!(error instanceof PaymentGatewayUnavailable || error instanceof Rejection)) throw error;
      this.#log.warn({ paymentId, reason: error.message }, 'a payment could not be followed');
    }
  }
}

/** Following finds what it would do done, so that each time is a command of its own. */
export function followEnvelope(actorId: string): CommandEnvelope {
  const commandId = randomUUID();
  return {
    commandId,
    bodyHmac: commandId,
    actor: { kind: 'system', id: actorId },
    correlationId: commandId,
    causationId: commandId,
  };
}
