import type { DeliveryKind } from '@qingpu/contracts/commands/messaging';
import { VIEW_NAMES } from '@qingpu/contracts/http/updates';
import type { ViewDefinition } from '@qingpu/read-models-kernel/view';
import type { ViewDocument } from '@qingpu/read-models-kernel/view-store';

/** One delivery as the worker and the desk see it; what it carries stays in the log. */
export interface DeliveryDocument extends ViewDocument {
  readonly kind: DeliveryKind;
  readonly recipient: string;
  readonly order: string;
  readonly payload: unknown;
  readonly status: 'open' | 'delivered' | 'givenUp';
  readonly failures: number;
  readonly fault: string | null;
  /** Instant of the next attempt, milliseconds since 1970. */
  readonly nextAttemptAt: number;
  /** Place of the request in the log: deliveries of one order go in this order. */
  readonly requestedAt: bigint;
}

export const deliveryWorklistView: ViewDefinition = {
  name: VIEW_NAMES.deliveryWorklist,
  version: 1,
  collections: {
    deliveries: [
      { keys: { status: 1, nextAttemptAt: 1 } },
      { keys: { order: 1, status: 1, requestedAt: 1 } },
    ],
  },
};
