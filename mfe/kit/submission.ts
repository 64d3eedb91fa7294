/**
 * One thing a person submits. The key is made once and kept over retries, so that pressing the button again after a
 * lost answer cannot do the thing twice; another body is another submission and gets another key.
 */
export class Submission {
  #body: string | undefined;
  #key = '';

  /** The Idempotency-Key for this body. */
  keyFor(body: unknown): string {
    const text = JSON.stringify(body ?? null);
    if (text !== this.#body) {
      this.#body = text;
      this.#key = crypto.randomUUID();
    }
    return this.#key;
  }

  /** The submission was answered; whatever comes next is a new one. */
  settle(): void {
    this.#body = undefined;
  }
}
