import { z } from 'zod';
import { codesOf } from '../codes/directory-tables.ts';
import { CONTRACT_INTERFACES, CONTRACT_KINDS, CONTRACT_STANDINGS } from '../codes/partner-contracts.ts';
import { reasonSchema } from './institutions.ts';
import { afterSchema } from './paging.ts';
import { actResultSchema } from './slots.ts';

/*
 * Contracts with hospitals' systems over HTTP (接口状态), under /api/slots/desk:
 *
 * GET  contracts                              what stands of every hospital, kind and interface
 * POST contracts/<institution>/verification   verifies now
 * POST contracts/<institution>/{withholding,offering}   the district withholds slots by hand, or lets them be offered
 */

const kind = z.enum(codesOf(CONTRACT_KINDS), '接口种类不在代码表中');
const kinds = z
  .array(kind)
  .min(1, '请至少选择一种接口')
  .max(Object.keys(CONTRACT_KINDS).length)
  .refine((list) => new Set(list).size === list.length, '接口种类不得重复');
const moment = z.string().nullable();

export const contractLineSchema = z.object({
  kind,
  interface: z.enum(codesOf(CONTRACT_INTERFACES)),
  standing: z.enum(codesOf(CONTRACT_STANDINGS)),
  verifiedAt: moment,
  failedAt: moment,
  /** What was found wrong last, in words; null when nothing was. */
  fault: z.string().nullable(),
  failures: z.number().int(),
  /** Transmission only: when schedules of the kind came in good form, and when they did not. */
  transmittedAt: moment,
  refusedAt: moment,
});
export type ContractLine = z.infer<typeof contractLineSchema>;

export const contractSchema = z.object({
  institutionCode: z.string(),
  institutionName: z.string(),
  /** Whether the platform knows where to reach the hospital's system. */
  reachable: z.boolean(),
  checkedAt: moment,
  lines: z.array(contractLineSchema),
  /** Kinds whose slots are withheld, and why. */
  withheld: z.array(z.object({ kind, byHand: z.boolean(), reason: z.string() })),
});
export type Contract = z.infer<typeof contractSchema>;

export const contractsQuerySchema = afterSchema.extend({ institution: z.string().max(22).optional() });
export const contractsSchema = z.object({
  items: z.array(contractSchema),
  asOf: z.string().nullable(),
  stale: z.boolean(),
});
export type Contracts = z.infer<typeof contractsSchema>;

/** `kinds` null: those of which the hospital has sent schedules, or the first where it has sent none. */
export const verifySchema = z.strictObject({ kinds: kinds.nullable() });
export const verificationSchema = z.object({
  items: z.array(
    z.object({ kind, interface: contractLineSchema.shape.interface, fault: z.string().nullable() }),
  ),
  position: z.string(),
});
export type Verification = z.infer<typeof verificationSchema>;

export const withholdSchema = reasonSchema.extend({ kinds });
export const withholdResultSchema = actResultSchema;
