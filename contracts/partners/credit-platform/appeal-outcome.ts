import { z } from 'zod';

/*
 * POST <credit platform>/qingpu/v1/appeal-outcomes: an appeal against a no-show or a late cancellation was upheld
 * (征信申诉, F3.07), so that it counts against nobody's credit. Only what clears somebody is told, and nothing of where
 * or why they wanted to see a doctor.
 */

/** The city's credit platform, as deliveries name their receiver. */
export const CREDIT_PLATFORM = 'credit-platform';

const outcome = {
  deliveryId: z.uuid(),
  appealId: z.uuid(),
  /** Of the booking whose record is withdrawn. */
  orderNumber: z.string(),
  result: z.literal('upheld'),
  /** ISO 8601 with offset. */
  decidedAt: z.string(),
};

/** As it waits to be delivered: the person by id only. */
export const appealOutcomePayloadSchema = z.strictObject({ ...outcome, personId: z.uuid() });
export type AppealOutcomePayload = z.infer<typeof appealOutcomePayloadSchema>;

/** As the credit platform gets it; the person is opened at the moment of delivery. */
export const appealOutcomeSchema = z.strictObject({
  ...outcome,
  person: z.strictObject({ name: z.string(), identityKind: z.string(), identityNumber: z.string() }),
});
export type AppealOutcome = z.infer<typeof appealOutcomeSchema>;
