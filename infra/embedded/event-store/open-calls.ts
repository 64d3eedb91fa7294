import { exhausted, type Refusal, toServiceError } from './errors.ts';

/** What the server needs of a long call to end it: grpc-js sends an emitted error as the call's status. */
export interface OpenCall {
  readonly cancelled: boolean;
  emit(event: 'error', error: Error): boolean;
}

/** The calls of one kind that are open now, up to a limit. */
export class OpenCalls {
  readonly #calls = new Set<OpenCall>();
  readonly #what: string;
  readonly #limit: number;

  constructor(what: string, limit: number) {
    this.#what = what;
    this.#limit = limit;
  }

  /** @throws Refusal (RESOURCE_EXHAUSTED) when the limit is reached */
  add(call: OpenCall): void {
    if (this.#calls.size >= this.#limit) throw exhausted(`Too many ${this.#what} are open`, this.#limit);
    this.#calls.add(call);
  }

  remove(call: OpenCall): void {
    this.#calls.delete(call);
  }

  /** Ends every open call with a status. */
  endAll(refusal: Refusal): void {
    for (const call of this.#calls) {
      if (!call.cancelled) call.emit('error', toServiceError(refusal));
    }
    this.#calls.clear();
  }
}
