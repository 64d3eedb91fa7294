import type { ServerWritableStream } from '@grpc/grpc-js';

/** Resolves in the next turn of the event loop, so that one long read does not keep others waiting. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The sending side of a read call: waits when the consumer is slower than the disk. */
export class Outlet {
  readonly #call: ServerWritableStream<unknown, Buffer>;
  readonly #closing = new Set<() => void>();
  #open = true;

  constructor(call: ServerWritableStream<unknown, Buffer>) {
    this.#call = call;
    this.#open = !call.cancelled;
    call.on('cancelled', () => this.close());
  }

  get open(): boolean {
    return this.#open;
  }

  /** Calls `listener` once when the consumer leaves or the server ends the call. */
  onClosed(listener: () => void): void {
    if (this.#open) this.#closing.add(listener);
    else listener();
  }

  /** Sends a message; resolves when the call takes more, or is closed. */
  send(message: Buffer): Promise<void> | undefined {
    if (!this.#open || this.#call.write(message)) return undefined;
    return new Promise((resolve) => {
      const done = (): void => {
        this.#call.off('drain', done);
        this.#closing.delete(done);
        resolve();
      };
      this.#call.once('drain', done);
      this.onClosed(done);
    });
  }

  /** Marks the call as over; whoever waits goes on. */
  close(): void {
    this.#open = false;
    for (const listener of this.#closing) listener();
    this.#closing.clear();
  }
}
