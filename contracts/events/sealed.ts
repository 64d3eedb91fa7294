import { z } from 'zod';

/**
 * Personal data inside an event: SM4-CBC ciphertext under the data key of `subject`, authenticated with HMAC-SM3.
 * Destroying the data key makes it unreadable for ever, which is how a person is erased from an immutable log.
 */
export const sealedSchema = z.strictObject({
  /** Whose data key opens it; an opaque id, never personal data. */
  subject: z.string().min(1).max(120),
  /** Generation of that person's data key. */
  keyId: z.string().min(1).max(64),
  /** base64 of IV (16 bytes), ciphertext and HMAC-SM3 (32 bytes). */
  box: z.string().min(1).max(65_536),
});

export type Sealed = z.infer<typeof sealedSchema>;

/** The subject under which what is known of a person is sealed, so that one erasure reaches all of it. */
export function personSubject(personId: string): string {
  return `person:${personId}`;
}
