import type { ServerDuplexStream, ServerReadableStream, sendUnaryData } from '@grpc/grpc-js';
import { AppendAssembly, deadlineOf, readExpectation, readTargetStream, readUuid } from './decode.ts';
import { exhausted, invalid, shuttingDown, toServiceError } from './errors.ts';
import type { streams } from './generated.ts';
import type { GroupCommit } from './group-commit.ts';
import type { Limits } from './limits.ts';
import { OpenCalls } from './open-calls.ts';
import { appendAnswer, batchAnswer, batchRefusal } from './outcomes.ts';

type AppendCall = ServerReadableStream<streams.AppendReq, streams.AppendResp>;
type BatchCall = ServerDuplexStream<streams.BatchAppendReq, Buffer>;

/** The two append calls of the Streams service. */
export class AppendService {
  readonly #commits: GroupCommit;
  readonly #limits: Limits;
  readonly #batchCalls: OpenCalls;
  #unfinished = 0;

  constructor(commits: GroupCommit, limits: Limits) {
    this.#commits = commits;
    this.#limits = limits;
    this.#batchCalls = new OpenCalls('batch appends', limits.batchAppendCalls);
  }

  /** Streams.Append: the options first, then one message per event; one answer after the last. */
  append(call: AppendCall, answer: sendUnaryData<streams.AppendResp>): void {
    let assembly: AppendAssembly | undefined;
    let refusal: unknown;
    call.on('data', (request: streams.AppendReq) => {
      try {
        assembly = this.#takeUnary(request, assembly, call);
      } catch (error) {
        refusal ??= error;
      }
    });
    call.on('end', () => {
      if (call.cancelled) return;
      this.#finishUnary(assembly, refusal).then(
        (response) => answer(null, response),
        (error: unknown) => answer(toServiceError(error)),
      );
    });
  }

  #takeUnary(
    request: streams.AppendReq,
    assembly: AppendAssembly | undefined,
    call: AppendCall,
  ): AppendAssembly {
    const options = request.getOptions();
    if (options) {
      const stream = readTargetStream(options.getStreamIdentifier(), this.#limits);
      const revision = options.hasRevision() ? options.getRevision() : '';
      return new AppendAssembly(stream, readExpectation(options, revision), deadlineOf(call), this.#limits);
    }
    const message = request.getProposedMessage();
    if (!assembly) throw invalid('The first message of an append must carry its options');
    if (message) assembly.add(message);
    return assembly;
  }

  async #finishUnary(assembly: AppendAssembly | undefined, refusal: unknown): Promise<streams.AppendResp> {
    if (refusal !== undefined) throw refusal;
    if (!assembly) throw invalid('The append had no options');
    const { command, bytes } = assembly.finish();
    return appendAnswer(command.stream, command.expected, await this.#commits.submit(command, bytes));
  }

  /** Streams.BatchAppend: many appends on one call, each answered exactly once by its correlation id. */
  batchAppend(call: BatchCall): void {
    try {
      this.#batchCalls.add(call);
    } catch (error) {
      call.emit('error', toServiceError(error));
      return;
    }
    const session = new BatchSession(call, this.#commits, this.#limits, {
      started: () => this.#startUnfinished(),
      finished: (count) => {
        this.#unfinished -= count;
      },
      closed: () => this.#batchCalls.remove(call),
    });
    session.listen();
  }

  /** Ends the open batch calls; to be called when the accepted appends have been answered. */
  endCalls(): void {
    this.#batchCalls.endAll(shuttingDown());
  }

  #startUnfinished(): void {
    if (this.#unfinished >= this.#limits.unfinishedAppends) {
      throw exhausted('Too many appends are half sent', this.#limits.unfinishedAppends);
    }
    this.#unfinished += 1;
  }
}

interface SessionEvents {
  /** @throws Refusal when too many appends are half sent */
  started(): void;
  finished(count: number): void;
  closed(): void;
}

/** One BatchAppend call: assembles chunks, submits each append, answers it. */
class BatchSession {
  readonly #call: BatchCall;
  readonly #commits: GroupCommit;
  readonly #limits: Limits;
  readonly #events: SessionEvents;
  readonly #unfinished = new Map<string, AppendAssembly | Buffer>();
  #inFlight = 0;
  #ended = false;
  #paused = false;
  #closed = false;

  constructor(call: BatchCall, commits: GroupCommit, limits: Limits, events: SessionEvents) {
    this.#call = call;
    this.#commits = commits;
    this.#limits = limits;
    this.#events = events;
  }

  listen(): void {
    this.#call.on('data', (request: streams.BatchAppendReq) => this.#receive(request));
    this.#call.on('end', () => {
      this.#ended = true;
      this.#endWhenAnswered();
    });
    this.#call.on('cancelled', () => this.#close());
    this.#call.on('error', () => this.#close());
  }

  #receive(request: streams.BatchAppendReq): void {
    if (this.#closed) return;
    try {
      this.#takeChunk(request, readUuid(request.getCorrelationId()));
    } catch (error) {
      // Without a correlation id, or with too much half sent, there is no append to answer: the call ends.
      this.#call.emit('error', toServiceError(error));
      this.#close();
    }
  }

  #takeChunk(request: streams.BatchAppendReq, correlationId: string): void {
    const started = this.#unfinished.get(correlationId);
    const append = started ?? this.#begin(request, correlationId);
    if (append instanceof AppendAssembly) {
      for (const message of request.getProposedMessagesList()) append.add(message);
    }
    if (request.getIsFinal()) {
      if (started && this.#unfinished.delete(correlationId)) this.#events.finished(1);
      this.#submit(append, correlationId);
    } else if (!started) {
      this.#events.started();
      this.#unfinished.set(correlationId, append);
    }
  }

  /** The append of a first chunk, or, when its options are refused, the answer to send after its last chunk. */
  #begin(request: streams.BatchAppendReq, correlationId: string): AppendAssembly | Buffer {
    const identifier = request.getOptions()?.getStreamIdentifier();
    try {
      const options = request.getOptions();
      if (!options) throw invalid('The first chunk of an append must carry its options');
      const stream = readTargetStream(identifier, this.#limits);
      const revision = options.hasStreamPosition() ? options.getStreamPosition() : '';
      const deadline = options.getDeadline()?.toDate().getTime() ?? Number.POSITIVE_INFINITY;
      return new AppendAssembly(stream, readExpectation(options, revision), deadline, this.#limits);
    } catch (error) {
      const stream = Buffer.from(identifier?.getStreamName_asU8() ?? []).toString();
      return batchRefusal({ correlationId, stream, expected: 0 }, error);
    }
  }

  #submit(append: AppendAssembly | Buffer, correlationId: string): void {
    if (!(append instanceof AppendAssembly)) {
      this.#answer(append);
      return;
    }
    this.#inFlight += 1;
    const answered = { correlationId, stream: append.stream, expected: append.expected };
    this.#commit(append)
      .then(
        (outcome) => this.#answer(batchAnswer(answered, outcome)),
        (error: unknown) => this.#answer(batchRefusal(answered, error)),
      )
      .finally(() => {
        this.#inFlight -= 1;
        this.#endWhenAnswered();
      });
  }

  async #commit(append: AppendAssembly) {
    const { command, bytes } = append.finish();
    return this.#commits.submit(command, bytes);
  }

  #answer(response: Buffer): void {
    if (this.#closed) return;
    if (this.#call.write(response) || this.#paused) return;
    // A client that does not read its answers may not send more appends either.
    this.#paused = true;
    this.#call.pause();
    this.#call.once('drain', () => {
      this.#paused = false;
      this.#call.resume();
    });
  }

  #endWhenAnswered(): void {
    if (!this.#ended || this.#inFlight > 0 || this.#closed) return;
    this.#close();
    this.#call.end();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#events.finished(this.#unfinished.size);
    this.#unfinished.clear();
    this.#events.closed();
  }
}
