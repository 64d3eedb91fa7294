import { z } from 'zod';
import { codesOf } from '../codes/directory-tables.ts';
import { CONTRACT_INTERFACES, CONTRACT_KINDS } from '../codes/partner-contracts.ts';
import type { EventOf } from './catalogue.ts';

const institutionCode = z.string();
const kind = z.enum(codesOf(CONTRACT_KINDS));
const kinds = z.array(kind);
const ofLine = { institutionCode, interface: z.enum(codesOf(CONTRACT_INTERFACES)), kind };
const event = <Shape extends z.ZodRawShape>(shape: Shape) => ({ version: 1, schema: z.object(shape) });

/**
 * What becomes of the contract with a hospital's system; its stream is `contract-<institution>`. `fault` is a stable
 * code (codes/partner-contracts), never what a system said; nothing here is of a person.
 */
export const partnerContractEvents = {
  PartnerContractVerified: event({ ...ofLine, checkId: z.uuid() }),
  /** `doubtful`: it may only have been away for a moment; `failed`: its slots are withheld from now on. */
  PartnerContractFailed: event({
    ...ofLine,
    checkId: z.uuid(),
    fault: z.string(),
    /** How often it has failed in a row. */
    failures: z.number().int(),
    standing: z.enum(['doubtful', 'failed']),
  }),
  /** The hospital's system does not let itself be verified: nothing was found, good or bad. */
  PartnerSelfCheckUnoffered: event({ ...ofLine, checkId: z.uuid() }),
  /** The hospital sent schedules that do not fit the contract. At most one a minute is recorded of each kind. */
  PartnerTransmissionRefused: event({ institutionCode, kind, problem: z.string() }),
  /** A manager of the district withholds the slots of these kinds, whatever was verified. */
  SlotsWithheld: event({ institutionCode, kinds, reason: z.string() }),
  /** A manager lets them be offered again; what fails when it is verified next withholds them anew. */
  SlotsOfferedAgain: event({ institutionCode, kinds, reason: z.string() }),
} as const;

export type PartnerContractEvent = EventOf<typeof partnerContractEvents>;
