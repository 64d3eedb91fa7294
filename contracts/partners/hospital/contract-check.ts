import { z } from 'zod';
import { codesOf } from '../../codes/directory-tables.ts';
import { CONTRACT_KINDS } from '../../codes/partner-contracts.ts';
import { bookingOrderSchema } from './booking-order.ts';

/*
 * POST <hospital>/qingpu/v1/contract-checks: the platform verifies the hospital's interface (接口验证). It shows a specimen
 * of an order of one kind. The hospital does with it all that it does with a booking order before it writes anything —
 * signature, form, repetition — and then writes nothing: no slot, schedule or person of a specimen exists. It answers
 * what it has understood.
 *
 * What is checked: a specimen is understood; the same again is answered the same; other content under the same
 * `deliveryId` is refused with 409; a malformed one with 400 or 422; one that is signed wrongly with 401 or 403.
 *
 * A hospital need not offer it: 404, 405 or 501 to the first specimen says that there is no such interface. It is then
 * judged by its real transmissions only.
 */

export const contractCheckSchema = z.strictObject({
  deliveryId: z.uuid(),
  institutionCode: z.string(),
  contractKind: z.enum(codesOf(CONTRACT_KINDS)),
  specimen: bookingOrderSchema,
});
export type ContractCheck = z.infer<typeof contractCheckSchema>;

/** Of the specimen, as the hospital has read it. */
export const understoodSchema = z.strictObject({
  orderNumber: z.string(),
  revision: z.number().int(),
  state: z.enum(['booked', 'cancelled']),
  scheduleId: z.string(),
  slotId: z.string(),
});
export type Understood = z.infer<typeof understoodSchema>;

export function understoodOf({ specimen }: Pick<ContractCheck, 'specimen'>): Understood {
  const { orderNumber, revision, state, scheduleId, slotId } = specimen;
  return { orderNumber, revision, state, scheduleId, slotId };
}

export const contractCheckAnswerSchema = z.object({
  deliveryId: z.string(),
  received: z.literal(true),
  understood: understoodSchema,
});
