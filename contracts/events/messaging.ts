import { z } from 'zod';
import { DELIVERY_KINDS } from '../commands/messaging.ts';
import type { EventOf } from './catalogue.ts';

const attempt = { deliveryId: z.string(), attempt: z.number().int(), fault: z.string() };

/** The life of one delivery: asked for, tried, and either delivered or given up to a person. */
export const messagingEvents = {
  DeliveryRequested: {
    version: 1,
    schema: z.object({
      deliveryId: z.string(),
      kind: z.enum(DELIVERY_KINDS),
      recipient: z.string(),
      order: z.string(),
      payload: z.unknown(),
    }),
  },
  DeliverySucceeded: { version: 1, schema: z.object({ deliveryId: z.string(), attempt: z.number().int() }) },
  /** `fault` is a stable code such as `timeout` or `status-503`, never what the receiver said. */
  DeliveryFailed: { version: 1, schema: z.object({ ...attempt, nextAttemptAt: z.string() }) },
  /** All attempts failed: from here on it is a task for a person. */
  DeliveryGivenUp: { version: 1, schema: z.object(attempt) },
} as const;

export type MessagingEvent = EventOf<typeof messagingEvents>;
