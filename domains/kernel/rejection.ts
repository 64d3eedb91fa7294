/** HTTP statuses that a rejection may map to: the caller's fault, never ours. */
export type RejectionStatus = 400 | 403 | 404 | 409 | 412 | 422 | 429;

/** What is kept of a rejection so that a repeated command gets the same answer. */
export interface RejectionFacts {
  readonly code: string;
  readonly status: RejectionStatus;
  readonly advice: string;
}

/**
 * The domain says no. `code` is stable for programs (a noun, kebab-case, such as `slot-taken`);
 * `advice` is a Chinese sentence that tells a person what to do, and never holds personal data.
 */
export class Rejection extends Error {
  override readonly name = 'Rejection';
  readonly code: string;
  readonly status: RejectionStatus;
  readonly advice: string;

  constructor(facts: RejectionFacts) {
    super(facts.code);
    this.code = facts.code;
    this.status = facts.status;
    this.advice = facts.advice;
  }

  facts(): RejectionFacts {
    return { code: this.code, status: this.status, advice: this.advice };
  }
}
