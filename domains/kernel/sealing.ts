import type { Sealed } from '@qingpu/contracts/events/sealed';

/** The person's data key was destroyed: what was sealed can never be read again. */
export class PersonErasedError extends Error {
  override readonly name = 'PersonErasedError';
  constructor() {
    super('the data key of this person has been destroyed');
  }
}

/** Seals personal data before it goes into an event. `subject` is an opaque id of the person, never personal data. */
export interface Sealer {
  /** @throws PersonErasedError when the person has been erased. */
  seal(subject: string, content: unknown): Promise<Sealed>;
  /** @throws PersonErasedError */
  open(sealed: Sealed): Promise<unknown>;
  /** Keyed fingerprint of content for equality checks: the same content gives the same text, which tells nothing else. */
  fingerprint(purpose: string, content: unknown): string;
  /** Destroys the person's data key, durably and for ever. Repeating it is harmless. */
  erase(subject: string): Promise<void>;
}
