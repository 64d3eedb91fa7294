import { isDeepStrictEqual } from 'node:util';
import type { FilingReceipt } from '@qingpu/contracts/partners/hospital/filing-receipt';

export interface ReceivedReceipt {
  readonly receipt: FilingReceipt;
  readonly partnerId: string;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  /** How often the same delivery came again. */
  readonly repeats: number;
}

export type Recording = 'new' | 'repeated' | 'contradicting';

const MOST_RECEIPTS = 10_000;

/** What the hospital has received, each delivery once; beyond its size the oldest are forgotten. */
export class ReceiptBook {
  readonly #receipts = new Map<string, ReceivedReceipt>();
  readonly #size: number;
  #forgotten = 0;

  constructor(size = MOST_RECEIPTS) {
    this.#size = size;
  }

  /** Writes a delivery down, or finds it written: with the same content, or with another one. */
  record(partnerId: string, receipt: FilingReceipt, receivedAt: string): Recording {
    const key = `${partnerId} ${receipt.deliveryId}`;
    const known = this.#receipts.get(key);
    if (known) {
      if (!isDeepStrictEqual(known.receipt, receipt)) return 'contradicting';
      this.#receipts.set(key, { ...known, repeats: known.repeats + 1 });
      return 'repeated';
    }
    this.#receipts.set(key, { receipt, partnerId, receivedAt, repeats: 0 });
    this.#forgetOldest();
    return 'new';
  }

  /** In order of arrival. */
  list(): readonly ReceivedReceipt[] {
    return [...this.#receipts.values()];
  }

  /** How many were dropped because the book was full. */
  get forgotten(): number {
    return this.#forgotten;
  }

  clear(): void {
    this.#receipts.clear();
    this.#forgotten = 0;
  }

  #forgetOldest(): void {
    const [oldest] = this.#receipts.keys();
    if (this.#receipts.size <= this.#size || oldest === undefined) return;
    this.#receipts.delete(oldest);
    this.#forgotten += 1;
  }
}
