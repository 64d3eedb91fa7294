import { createHash } from 'node:crypto';
import type { Sealed } from '@qingpu/contracts/events/sealed';
import { PersonErasedError, type Sealer } from '../sealing.ts';

/** Seals by remembering: nothing of the content is in the box, and erased subjects cannot be opened. */
export class FakeSealer implements Sealer {
  readonly #contents = new Map<string, unknown>();
  readonly #erased = new Set<string>();

  async seal(subject: string, content: unknown): Promise<Sealed> {
    if (this.#erased.has(subject)) throw new PersonErasedError();
    const box = `box-${this.#contents.size}`;
    this.#contents.set(box, structuredClone(content));
    return { subject, keyId: 'k1', box };
  }

  async open(sealed: Sealed): Promise<unknown> {
    if (this.#erased.has(sealed.subject)) throw new PersonErasedError();
    return this.#contents.get(sealed.box);
  }

  fingerprint(purpose: string, content: unknown): string {
    return createHash('sha256')
      .update(`${purpose} ${JSON.stringify(content)}`)
      .digest('hex');
  }

  async erase(subject: string): Promise<void> {
    this.#erased.add(subject);
  }
}
