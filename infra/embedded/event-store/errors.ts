import { messageOf } from './causes.ts';
import { Damage, TombstonedStream } from './damage.ts';
import { Status } from './status.ts';

/** A request this server refuses: a gRPC status, a sentence for people, and the trailers the client reads. */
export class Refusal extends Error {
  readonly code: Status;
  readonly trailers: Readonly<Record<string, string>>;

  constructor(code: Status, message: string, trailers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'Refusal';
    this.code = code;
    this.trailers = trailers;
  }
}

/** An append bigger than the limit; `limit` in bytes. */
export class AppendTooLarge extends Refusal {
  readonly limit: number;

  constructor(limit: number) {
    super(Status.INVALID_ARGUMENT, `Maximum append size of ${limit} bytes exceeded`, {
      exception: 'maximum-append-size-exceeded',
      'maximum-append-size': String(limit),
    });
    this.limit = limit;
  }
}

/** A call that this engine does not support, refused by its name. */
export function unsupported(name: string, why: string): Refusal {
  return new Refusal(Status.UNIMPLEMENTED, `${name} is not supported by the embedded event store: ${why}`);
}

export function invalid(message: string): Refusal {
  return new Refusal(Status.INVALID_ARGUMENT, message);
}

export function exhausted(what: string, limit: number): Refusal {
  return new Refusal(Status.RESOURCE_EXHAUSTED, `${what}: the limit is ${limit}; try again later`);
}

export function shuttingDown(): Refusal {
  return new Refusal(Status.UNAVAILABLE, 'The embedded event store is shutting down');
}

/** A stream that is gone for ever, or one that was expected to exist and is deleted. */
export function streamDeleted(stream: string): Refusal {
  return new Refusal(Status.FAILED_PRECONDITION, new TombstonedStream(stream).message, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });
}

/** A delete or tombstone at another revision than the stream has; `current` is -1 for none. */
export function wrongExpectedRevision(stream: string, expected: number, current: number): Refusal {
  return new Refusal(
    Status.FAILED_PRECONDITION,
    `Expected revision ${expected} of stream '${stream}', but it is at ${current}`,
    {
      exception: 'wrong-expected-version',
      'stream-name': stream,
      'expected-version': String(expected),
      // Without it the client says that there is no stream.
      ...(current >= 0 && { 'actual-version': String(current) }),
    },
  );
}

/** What is answered for whatever was thrown: refusals as they are, anything unknown as INTERNAL. */
export function toRefusal(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  if (thrown instanceof TombstonedStream) return streamDeleted(thrown.stream);
  if (thrown instanceof Damage) return new Refusal(Status.DATA_LOSS, messageOf(thrown));
  return new Refusal(Status.INTERNAL, messageOf(thrown));
}

/** Trailers are ASCII; whatever else a stream name has is percent-encoded. */
export function toAscii(text: string): string {
  return text.replace(/[^\x20-\x7e]+/gu, encodeURIComponent);
}
