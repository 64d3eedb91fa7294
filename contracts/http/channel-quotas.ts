import { z } from 'zod';
import { CHANNEL_KINDS, codesOf } from '../codes/directory-tables.ts';
import { reasonSchema } from './institutions.ts';
import { afterSchema } from './paging.ts';

/*
 * Booking platforms at the desk (F4.01, F4.03), under /api/slots/desk:
 *
 * GET  platforms                    who is connected, and what each may sell
 * POST platforms/<partner>/quota    the district says what a platform may sell
 */

const percent = z
  .number('请填写配额百分比')
  .int('配额须为整数')
  .min(0, '配额不能小于0')
  .max(100, '配额不能大于100')
  .nullable();

export const quotaSchema = reasonSchema.extend({
  /** Null: wherever nothing is said of an institution by itself. */
  institutionCode: z.string().max(22).nullable(),
  /** Of each schedule's public slots. 0: nothing; null: no limit. */
  percent,
});
export const platformsQuerySchema = afterSchema;
export const platformsSchema = z.object({
  items: z.array(
    z.object({
      partnerId: z.string(),
      name: z.string(),
      channel: z.enum(codesOf(CHANNEL_KINDS)),
      quotas: z.array(
        z.object({
          institutionCode: z.string().nullable(),
          institutionName: z.string(),
          percent: z.number().int().nullable(),
          reason: z.string(),
        }),
      ),
    }),
  ),
  asOf: z.string().nullable(),
  stale: z.boolean(),
});
