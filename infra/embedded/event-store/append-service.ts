import {
  AppendAssembly,
  type AppendRequest,
  readAppendRequest,
  readBatchAppendRequest,
} from './append-requests.ts';
import { exhausted, invalid, shuttingDown } from './errors.ts';
import type { GroupCommit } from './group-commit.ts';
import type { GrpcCall } from './grpc-call.ts';
import type { Limits } from './limits.ts';
import { OpenCalls } from './open-calls.ts';
import { appendAnswer, batchAnswer, batchRefusal } from './outcomes.ts';

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
  append(call: GrpcCall): void {
    let assembly: AppendAssembly | undefined;
    const onMessage = (bytes: Buffer): void => {
      const { options, messages } = readAppendRequest(bytes);
      if (options) assembly = new AppendAssembly({ ...options, deadline: call.deadline }, this.#limits);
      if (!assembly) throw invalid('The first message of an append must carry its options');
      for (const message of messages) assembly.add(message);
    };
    call.receive(onMessage, () => {
      if (!assembly) throw invalid('The append had no options');
      this.#finish(assembly, call).catch((error: unknown) => call.fail(error));
    });
  }

  async #finish(assembly: AppendAssembly, call: GrpcCall): Promise<void> {
    const { command, bytes } = assembly.finish();
    const outcome = await this.#commits.submit(command, bytes);
    call.write(appendAnswer(command.stream, command.expected, outcome).serializeBinary());
    call.end();
  }

  /** Streams.BatchAppend: many appends on one call, each answered exactly once by its correlation id. */
  batchAppend(call: GrpcCall): void {
    try {
      this.#batchCalls.add(call);
    } catch (error) {
      call.fail(error);
      return;
    }
    const session = new BatchSession(call, this.#commits, this.#limits, {
      started: () => this.#startUnfinished(),
      finished: (count) => {
        this.#unfinished -= count;
      },
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
}

/** One BatchAppend call: assembles chunks, submits each append, answers it. */
class BatchSession {
  readonly #call: GrpcCall;
  readonly #commits: GroupCommit;
  readonly #limits: Limits;
  readonly #events: SessionEvents;
  readonly #unfinished = new Map<string, AppendAssembly | Buffer>();
  #inFlight = 0;
  #ended = false;
  #paused = false;

  constructor(call: GrpcCall, commits: GroupCommit, limits: Limits, events: SessionEvents) {
    this.#call = call;
    this.#commits = commits;
    this.#limits = limits;
    this.#events = events;
  }

  listen(): void {
    this.#call.onClosed(() => {
      this.#events.finished(this.#unfinished.size);
      this.#unfinished.clear();
    });
    // Without a correlation id, or with too much half sent, there is no append to answer: the call ends.
    this.#call.receive(
      (bytes) => this.#takeChunk(readBatchAppendRequest(bytes)),
      () => {
        this.#ended = true;
        this.#endWhenAnswered();
      },
    );
  }

  #takeChunk(request: AppendRequest): void {
    const { correlationId, messages, isFinal } = request;
    const started = this.#unfinished.get(correlationId);
    const append = started ?? this.#begin(request);
    if (append instanceof AppendAssembly) {
      for (const message of messages) append.add(message);
    }
    if (isFinal) {
      if (started && this.#unfinished.delete(correlationId)) this.#events.finished(1);
      this.#submit(append, correlationId);
    } else if (!started) {
      this.#events.started();
      this.#unfinished.set(correlationId, append);
    }
  }

  /** The append of a first chunk, or, when its options are refused, the answer to send after its last chunk. */
  #begin({ correlationId, options }: AppendRequest): AppendAssembly | Buffer {
    try {
      if (!options) throw invalid('The first chunk of an append must carry its options');
      return new AppendAssembly(options, this.#limits);
    } catch (error) {
      return batchRefusal({ correlationId, stream: options?.stream.toString() ?? '', expected: 0 }, error);
    }
  }

  #submit(append: AppendAssembly | Buffer, correlationId: string): void {
    if (!(append instanceof AppendAssembly)) {
      this.#answer(append);
      return;
    }
    this.#inFlight += 1;
    const answered = { correlationId, stream: append.stream, expected: append.expected };
    const refuse = (error: unknown): void => this.#settle(batchRefusal(answered, error));
    try {
      const { command, bytes } = append.finish();
      const outcome = this.#commits.submit(command, bytes);
      outcome.then((written) => this.#settle(batchAnswer(answered, written)), refuse);
    } catch (error) {
      refuse(error);
    }
  }

  #settle(response: Buffer): void {
    this.#answer(response);
    this.#inFlight -= 1;
    this.#endWhenAnswered();
  }

  #answer(response: Buffer): void {
    if (this.#call.write(response) || this.#paused) return;
    // A client that does not read its answers may not send more appends either.
    this.#paused = true;
    this.#call.pause();
    this.#call.onDrained(() => {
      this.#paused = false;
      this.#call.resume();
    });
  }

  #endWhenAnswered(): void {
    if (this.#ended && this.#inFlight === 0) this.#call.end();
  }
}
