import { z } from 'zod';
import { codesOf } from '../../codes/directory-tables.ts';
import { IDENTITY_KINDS } from '../../codes/resident-tables.ts';

/** POST here, with the API key, to ask whether a name belongs to an identity document. */
export const IDENTITY_CHECK_PATH = '/identity-register/v1/checks';
export const IDENTITY_REGISTER_KEY_HEADER = 'x-api-key';

/** A question to the national register of identities. */
export const identityCheckSchema = z.strictObject({
  /** Made by the asker; the answer carries it back. */
  requestId: z.uuid(),
  identityKind: z.enum(codesOf(IDENTITY_KINDS)),
  identityNumber: z.string().min(1).max(20),
  name: z.string().min(1).max(30),
});
export type IdentityCheck = z.infer<typeof identityCheckSchema>;

/** 200. Every other status is no answer. */
export const identityCheckAnswerSchema = z.object({
  requestId: z.uuid(),
  /** `match`: the document is this person's; `mismatch`: it is somebody else's; `unknown`: there is no such document. */
  result: z.enum(['match', 'mismatch', 'unknown']),
  /** The register's own number of the check (业务流水号). */
  reference: z.string().min(1).max(64),
});
export type IdentityCheckAnswer = z.infer<typeof identityCheckAnswerSchema>;
