import type { GrpcCall } from './grpc-call.ts';

/** Resolves in the next turn of the event loop, so that one long read does not keep others waiting. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The sending side of a read call: waits when the consumer is slower than the disk. */
export class Outlet {
  readonly #call: GrpcCall;

  constructor(call: GrpcCall) {
    this.#call = call;
  }

  get open(): boolean {
    return this.#call.open;
  }

  /** Calls `listener` once when the consumer leaves or the server ends the call. */
  onClosed(listener: () => void): void {
    this.#call.onClosed(listener);
  }

  /** Sends a message; when the call takes no more, a promise that resolves when it does, or is closed. */
  send(message: Uint8Array): Promise<void> | undefined {
    const call = this.#call;
    if (call.write(message)) return undefined;
    return new Promise((resolve) => {
      const done = (): void => {
        call.offClosed(done);
        resolve();
      };
      call.onDrained(done);
      call.onClosed(done);
    });
  }
}
