import { z } from 'zod';

/** POST <hospital>/qingpu/v1/filing-receipts: the platform tells the hospital that a rule's version is on file (备案回执). */
export const filingReceiptSchema = z.strictObject({
  deliveryId: z.string(),
  institutionCode: z.string(),
  ruleCode: z.string(),
  ruleVersion: z.number().int(),
  filingNumber: z.string(),
  filedAt: z.string(),
});
export type FilingReceipt = z.infer<typeof filingReceiptSchema>;

/** The hospital's answer; a delivery seen before is answered the same way. */
export const filingReceiptAnswerSchema = z.object({ deliveryId: z.string(), received: z.literal(true) });
