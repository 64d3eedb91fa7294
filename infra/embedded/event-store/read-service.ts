import { type ReadRequest, readReadRequest } from './decode.ts';
import { encodeEvent } from './encode.ts';
import { shuttingDown } from './errors.ts';
import { createFilter } from './filters.ts';
import { shared, streams } from './generated.ts';
import type { GrpcCall } from './grpc-call.ts';
import type { Limits } from './limits.ts';
import { LiveTail } from './live-tail.ts';
import type { RecordedEvent } from './model.ts';
import { OpenCalls } from './open-calls.ts';
import { nextTurn, Outlet } from './outlet.ts';
import type { Range, StoreReader } from './store-reader.ts';
import { type CommitSignal, Subscription, type SubscriptionSource } from './subscriptions.ts';
import { onRequest } from './unary.ts';

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

  read(call: GrpcCall): void {
    onRequest(call, (request) => {
      this.#serve(call, request).catch((error: unknown) => call.fail(error));
    });
  }

  /** Ends all open reads and subscriptions. */
  endCalls(): void {
    this.#reads.endAll(shuttingDown());
    this.#subscriptions.endAll(shuttingDown());
  }

  async #serve(call: GrpcCall, bytes: Buffer): Promise<void> {
    const request = readReadRequest(streams.ReadReq.deserializeBinary(bytes), this.#limits);
    const calls = request.count === undefined ? this.#subscriptions : this.#reads;
    calls.add(call);
    await this.#send(request, new Outlet(call));
    call.end();
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
