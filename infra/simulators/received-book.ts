import { isDeepStrictEqual } from 'node:util';

export interface Received<Content> {
  readonly content: Content;
  readonly partnerId: string;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  /** How often the same came again. */
  readonly repeats: number;
}

export type Recording = 'new' | 'repeated' | 'contradicting';

const MOST_RECEIVED = 10_000;

/** What has been received, each delivery once; beyond its size the oldest are forgotten. */
export class ReceivedBook<Content> {
  readonly #received = new Map<string, Received<Content>>();
  readonly #keyOf: (content: Content) => string;
  readonly #size: number;
  #forgotten = 0;

  /** @param keyOf what tells a delivery from another one of the same partner */
  constructor(keyOf: (content: Content) => string, size = MOST_RECEIVED) {
    this.#keyOf = keyOf;
    this.#size = size;
  }

  /** Writes a delivery down, or finds it written: with the same content, or with another one. */
  record(partnerId: string, content: Content, receivedAt: string): Recording {
    const key = `${partnerId} ${this.#keyOf(content)}`;
    const known = this.#received.get(key);
    if (known) {
      if (!isDeepStrictEqual(known.content, content)) return 'contradicting';
      this.#received.set(key, { ...known, repeats: known.repeats + 1 });
      return 'repeated';
    }
    this.#received.set(key, { content, partnerId, receivedAt, repeats: 0 });
    this.#forgetOldest();
    return 'new';
  }

  /** In order of arrival. */
  list(): readonly Received<Content>[] {
    return [...this.#received.values()];
  }

  /** How many were dropped because the book was full. */
  get forgotten(): number {
    return this.#forgotten;
  }

  clear(): void {
    this.#received.clear();
    this.#forgotten = 0;
  }

  #forgetOldest(): void {
    const [oldest] = this.#received.keys();
    if (this.#received.size <= this.#size || oldest === undefined) return;
    this.#received.delete(oldest);
    this.#forgotten += 1;
  }
}
