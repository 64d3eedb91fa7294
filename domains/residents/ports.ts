import type { PersonContent } from '@qingpu/contracts/events/residents';

/** What the national register of identities says of a name and a document. */
export type IdentityVerdict =
  | {
      readonly result: 'verified';
      /** The register's own number of the check. */
      readonly reference: string;
    }
  /** The document is somebody else's. */
  | { readonly result: 'mismatch' }
  /** There is no such document. */
  | { readonly result: 'unknown' };

export type NamedIdentity = Pick<PersonContent, 'name' | 'identityKind' | 'identityNumber'>;

/** The register gave no answer that can be relied on; nothing has changed, and the same request may come again. */
export class IdentityRegisterUnavailable extends Error {
  override readonly name = 'IdentityRegisterUnavailable';
}

/** Knows whether a name belongs to an identity document: the port that `infra/server/residents` implements. */
export interface IdentityRegister {
  /** @throws IdentityRegisterUnavailable */
  check(identity: NamedIdentity): Promise<IdentityVerdict>;
}

/** Makes ids of persons: random UUIDs that tell nothing. */
export interface PersonIds {
  next(): string;
}

/** Injection tokens under which the host provides them. */
export const IDENTITY_REGISTER = Symbol('IdentityRegister');
export const PERSON_IDS = Symbol('PersonIds');
