import type { ServerWritableStream } from '@grpc/grpc-js';
import { type ReadRequest, readReadRequest } from './decode.ts';
import { encodeEvent } from './encode.ts';
import { shuttingDown, toServiceError } from './errors.ts';
import { createFilter } from './filters.ts';
import { shared, streams } from './generated.ts';
import type { Limits } from './limits.ts';
import { LiveTail } from './live-tail.ts';
import type { RecordedEvent } from './model.ts';
import { OpenCalls } from './open-calls.ts';
import { nextTurn, Outlet } from './outlet.ts';
import type { Range, StoreReader } from './store-reader.ts';
import { type CommitSignal, Subscription, type SubscriptionSource } from './subscriptions.ts';

export type ReadCall = ServerWritableStream<streams.ReadReq, Buffer>;

/** The Read call of the Streams service: reads that end, and subscriptions that do not. */
export class ReadService {
  readonly #reader: StoreReader;
  readonly #source: SubscriptionSource;
  readonly #signal: CommitSignal;
  readonly #limits: Limits;
  readonly #reads: OpenCalls;
  readonly #subscriptions: OpenCalls;

  constructor(reader: StoreReader, signal: CommitSignal, limits: Limits) {
    this.#reader = reader;
    const tail = new LiveTail(reader);
    this.#source = { reader, tail };
    // Before any subscription, so that the tail knows of a commit before they ask it.
    signal.listen(undefined, () => tail.committed());
    this.#signal = signal;
    this.#limits = limits;
    this.#reads = new OpenCalls('reads', limits.reads);
    this.#subscriptions = new OpenCalls('subscriptions', limits.subscriptions);
  }

  read(call: ReadCall): void {
    this.#serve(call).catch((error: unknown) => {
      if (!call.cancelled) call.emit('error', toServiceError(error));
    });
  }

  /** Ends all open reads and subscriptions. */
  endCalls(): void {
    this.#reads.endAll(shuttingDown());
    this.#subscriptions.endAll(shuttingDown());
  }

  async #serve(call: ReadCall): Promise<void> {
    const request = readReadRequest(call.request, this.#limits);
    const calls = request.count === undefined ? this.#subscriptions : this.#reads;
    const outlet = new Outlet(call);
    calls.add(call);
    // Also when the server itself ends the call with an error, whoever still sends must stop.
    call.on('error', () => outlet.close());
    try {
      await this.#send(request, outlet);
      if (outlet.open) call.end();
    } finally {
      calls.remove(call);
    }
  }

  #send(request: ReadRequest, outlet: Outlet): Promise<void> {
    if (request.count === undefined) {
      const filter = request.filter && createFilter(request.filter, this.#limits);
      return new Subscription(this.#source, outlet, request, filter).run(this.#signal);
    }
    return this.#sendRange(request.range, request.count, outlet);
  }

  async #sendRange(start: Range, count: number, outlet: Outlet): Promise<void> {
    if (start.stream !== undefined && !this.#reader.exists(start.stream)) {
      await outlet.send(streamNotFound(start.stream));
      return;
    }
    let range = start;
    let wanted = count;
    while (wanted > 0 && outlet.open) {
      const { events, atEnd } = this.#reader.page(range, wanted);
      for (const event of events) await outlet.send(encodeEvent(event));
      const last = events.at(-1);
      if (atEnd || !last) return;
      wanted -= events.length;
      range = after(range, last);
      await nextTurn();
    }
  }
}

function after(range: Range, last: RecordedEvent): Range {
  const place = range.stream === undefined ? last.position : last.revision;
  return { ...range, from: range.backwards ? place - 1 : place + 1 };
}

function streamNotFound(stream: string): Buffer {
  const identifier = new shared.StreamIdentifier().setStreamName(Buffer.from(stream));
  const message = new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifier);
  return Buffer.from(new streams.ReadResp().setStreamNotFound(message).serializeBinary());
}
