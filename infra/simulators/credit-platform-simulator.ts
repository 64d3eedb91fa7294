import {
  type AppealOutcome,
  appealOutcomeSchema,
  CREDIT_PLATFORM,
} from '@qingpu/contracts/partners/credit-platform/appeal-outcome';
import { DeliveryDesk } from './delivery-desk.ts';
import { listen } from './desk-app.ts';
import type { FaultOrder } from './fault-plan.ts';
import { type Received, ReceivedBook } from './received-book.ts';

export interface CreditPlatformSimulatorOptions {
  /** Left out or 0: any free port. */
  readonly port?: number | undefined;
  /** Loopback unless told otherwise: whoever reaches the control endpoint rules the simulator. */
  readonly host?: string | undefined;
  /** Shared secret under which the platform signs. */
  readonly secret: string;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

export interface CreditPlatformSimulator {
  readonly url: string;
  readonly port: number;
  /** What was reported, in order of arrival; at most the last 10,000. */
  outcomes(): readonly Received<AppealOutcome>[];
  /** Misbehaves from the next request on, in place of an earlier order. */
  setFault(order: FaultOrder): void;
  /** Behaves again and lets go of every request that it keeps waiting; what it received stays. */
  reset(): void;
  close(): Promise<void>;
}

/** What every delivery says of itself; the credit platform belongs to no institution. */
const OF_NONE = { institutionCode: '' };

/** Starts the city's credit platform, which takes outcomes of appeals over HTTP as the partner contract says. */
export async function startCreditPlatformSimulator(
  options: CreditPlatformSimulatorOptions,
): Promise<CreditPlatformSimulator> {
  const { secret, now = Date.now, ...address } = options;
  const desk = new DeliveryDesk([{ partnerId: CREDIT_PLATFORM, secret }], now);
  const schema = appealOutcomeSchema.transform((outcome) => ({ ...OF_NONE, ...outcome }));
  const book = new ReceivedBook(({ deliveryId }: AppealOutcome & typeof OF_NONE) => deliveryId);
  const inbox = { path: '/qingpu/v1/appeal-outcomes', schema, book, isFor: () => true };
  const outcomes = () => book.list();
  const app = await listen({
    ...address,
    desk,
    routes: [desk.route(inbox)],
    shelves: [{ path: '/outcomes', list: outcomes, book }],
  });
  return {
    ...app,
    outcomes,
    setFault: (order) => desk.faults.set(order),
    reset: () => desk.reset(),
  };
}
