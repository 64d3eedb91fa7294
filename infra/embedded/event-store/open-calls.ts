import { exhausted, type Refusal } from './errors.ts';
import type { GrpcCall } from './grpc-call.ts';

/** The calls of one kind that are open now, up to a limit. */
export class OpenCalls {
  readonly #calls = new Set<GrpcCall>();
  readonly #what: string;
  readonly #limit: number;

  constructor(what: string, limit: number) {
    this.#what = what;
    this.#limit = limit;
  }

  /** Keeps a call until it is closed. @throws Refusal (RESOURCE_EXHAUSTED) when the limit is reached */
  add(call: GrpcCall): void {
    if (this.#calls.size >= this.#limit) throw exhausted(`Too many ${this.#what} are open`, this.#limit);
    this.#calls.add(call);
    call.onClosed(() => this.#calls.delete(call));
  }

  /** Ends every open call with a status. */
  endAll(refusal: Refusal): void {
    for (const call of this.#calls) call.fail(refusal);
  }
}
