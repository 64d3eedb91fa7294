import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { Refusal, toAscii, toRefusal } from './errors.ts';
import { joinMessages, MessageSplitter, PREFIX_BYTES } from './message-splitter.ts';
import { Status } from './status.ts';

/** Answers gathered or on their way beyond this make a call ask its writer to wait. */
const GATHERED_BYTES = 64 * 1024;
const HEADERS = {
  [constants.HTTP2_HEADER_STATUS]: 200,
  [constants.HTTP2_HEADER_CONTENT_TYPE]: 'application/grpc+proto',
};
/** The longest wait of a Node timer. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const UNIT_MS: Readonly<Record<string, number>> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

const nothing = (): void => undefined;

/**
 * One gRPC call on an HTTP/2 stream. What is written in one turn of the event loop leaves as one frame, which costs
 * both sides far less than a frame per message.
 */
export class GrpcCall {
  /** Epoch milliseconds; Infinity when the caller set none. */
  readonly deadline: number;
  readonly #stream: ServerHttp2Stream;
  readonly #splitter = new MessageSplitter();
  readonly #closing = new Set<() => void>();
  readonly #timer: NodeJS.Timeout | undefined;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #drained: (() => void)[] = [];
  #waiting = false;
  #open = true;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
    this.#stream = stream;
    const timeout = parseTimeout(headers['grpc-timeout']);
    this.deadline = Date.now() + timeout;
    if (timeout < LONGEST_TIMER_MS) this.#timer = setTimeout(() => this.#expire(), timeout);
    // A caller that leaves while it is still being answered aborts; the stream itself may close much later.
    for (const event of ['aborted', 'close'] as const) stream.on(event, () => this.#close());
    // Whatever breaks a stream also closes it.
    stream.on('error', nothing);
  }

  /** False when the caller has left or the call has been ended. */
  get open(): boolean {
    return this.#open;
  }

  /** Calls `onMessage` with each message and `onEnd` after the last one. An error thrown by them ends the call. */
  receive(onMessage: (message: Buffer) => void, onEnd: () => void): void {
    const deliver = (message: Buffer): void => {
      if (this.#open) onMessage(message);
    };
    this.#stream.on('data', (chunk: Buffer) => {
      // What still arrives on an ended call is read and forgotten, so that it does not fill the connection.
      if (this.#open) this.#try(() => this.#splitter.take(chunk, deliver));
    });
    this.#stream.on('end', () => {
      if (this.#open) this.#try(onEnd);
    });
  }

  /** Calls `listener` once when the caller leaves or the call is ended. */
  onClosed(listener: () => void): void {
    if (this.#open) this.#closing.add(listener);
    else listener();
  }

  offClosed(listener: () => void): void {
    this.#closing.delete(listener);
  }

  /** Sends a message in wire format. @returns false when the caller should wait for `onDrained` */
  write(message: Uint8Array): boolean {
    if (!this.#open) return true;
    // After the microtasks that are waiting, so that a whole page or batch leaves together.
    if (this.#gathered.length === 0) process.nextTick(() => this.#flush());
    this.#gathered.push(message);
    this.#gatheredBytes += PREFIX_BYTES + message.length;
    return !this.#waiting && this.#gatheredBytes < GATHERED_BYTES;
  }

  /** Calls `listener` once when the connection has taken what was written. Not when the call closes before. */
  onDrained(listener: () => void): void {
    this.#drained.push(listener);
  }

  /** Stops reading messages, so that the caller's window fills up. */
  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** Ends the call well, after what was written. */
  end(): void {
    this.#endWith({ 'grpc-status': Status.OK });
  }

  /** Ends the call, after what was written, with the status and trailers of what was thrown. */
  fail(thrown: unknown): void {
    const { code, message, trailers } = toRefusal(thrown);
    const texts = Object.entries(trailers).map(([key, value]) => [key, toAscii(value)] as const);
    this.#endWith({
      'grpc-status': code,
      'grpc-message': encodeURI(message.toWellFormed()),
      ...Object.fromEntries(texts),
    });
  }

  #endWith(trailers: Record<string, string | number>): void {
    if (!this.#open) return;
    this.#flush();
    this.#close();
    if (this.#stream.destroyed || this.#stream.closed) return;
    if (this.#stream.headersSent) {
      this.#stream.once('wantTrailers', () => this.#stream.sendTrailers(trailers));
      this.#stream.end();
    } else {
      this.#stream.respond({ ...HEADERS, ...trailers }, { endStream: true });
    }
    this.#stream.resume();
  }

  #flush(): void {
    const messages = this.#gathered;
    if (messages.length === 0) return;
    const bytes = this.#gatheredBytes;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    if (!this.#open || this.#stream.destroyed || this.#stream.closed) return;
    if (!this.#stream.headersSent) this.#stream.respond(HEADERS, { waitForTrailers: true });
    if (this.#stream.write(joinMessages(messages, bytes))) this.#goOn();
    else this.#waitForDrain();
  }

  #waitForDrain(): void {
    if (this.#waiting) return;
    this.#waiting = true;
    this.#stream.once('drain', () => {
      this.#waiting = false;
      this.#goOn();
    });
  }

  #goOn(): void {
    for (const listener of this.#drained.splice(0)) listener();
  }

  #try(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fail(error);
    }
  }

  #expire(): void {
    this.fail(new Refusal(Status.DEADLINE_EXCEEDED, 'The deadline of the call has passed'));
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    clearTimeout(this.#timer);
    for (const listener of this.#closing) listener();
    this.#closing.clear();
  }
}

/** Milliseconds of a grpc-timeout header; Infinity when there is none or it is malformed. */
function parseTimeout(header: string | string[] | undefined): number {
  const [, digits, unit = ''] = /^(\d{1,8})([HMSmun])$/.exec(String(header)) ?? [];
  return digits === undefined ? Number.POSITIVE_INFINITY : Number(digits) * (UNIT_MS[unit] ?? 0);
}
