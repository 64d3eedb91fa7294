import { Redis, type RedisOptions } from 'ioredis';
import { CoordinationUnavailable, type ReportFault } from './coordination.ts';
import { REDIS_SCRIPTS } from './redis-scripts.ts';

const CONNECT_MS = 2_000;
/** Generous, because a burst on a busy machine must not look like a connection that is dead. */
const COMMAND_MS = 3_000;
const LONGEST_RETRY_PAUSE_MS = 1_000;
/** Commands that wait for their answer or to be sent. */
const MAX_COMMANDS = 50_000;
/** Answers that say that a program is wrong, not that Redis is unwell. */
const PROGRAM_ERROR = /^(ERR|WRONGTYPE|CROSSSLOT)\b/;
/** How often a call whose script Redis does not know (any more) is sent. */
const MAX_SENDS = 5;

const OPTIONS: RedisOptions = {
  scripts: REDIS_SCRIPTS,
  connectTimeout: CONNECT_MS,
  commandTimeout: COMMAND_MS,
  keepAlive: 10_000,
  disconnectTimeout: 200,
  disableClientInfo: true,
  // Nothing waits for a connection and nothing is sent twice: what was under way fails when the connection does.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  // The topics do it themselves: the client would leave a failure of its own unhandled.
  autoResubscribe: false,
  retryStrategy: (times) => {
    const longest = Math.min(LONGEST_RETRY_PAUSE_MS, 50 * 2 ** Math.min(times, 10));
    return Math.round(longest * (0.5 + Math.random() / 2));
  },
  // After a failover the address leads to the new master.
  reconnectOnError: (error) => error.message.startsWith('READONLY'),
};

export interface RedisConnectionOptions {
  readonly url: string;
  /** What the connection is for, as operators see it. */
  readonly purpose: 'commands' | 'subscriptions';
  readonly report: ReportFault;
}

/** One connection that fails fast and comes back by itself. */
export class RedisConnection {
  readonly client: Redis;
  readonly #report: (kind: 'connected' | 'disconnected') => void;
  readonly #first = Promise.withResolvers<void>();
  #cause = 'connecting';
  #away = false;
  #closed = false;
  /** When something came from Redis last, on the clock of `performance`. */
  #heardAt = 0;

  constructor({ url, purpose, report }: RedisConnectionOptions) {
    this.#report = (kind) => report({ kind, connection: purpose });
    const enableAutoPipelining = purpose === 'commands';
    this.client = new Redis(url, { ...OPTIONS, enableAutoPipelining, connectionName: `qingpu-${purpose}` });
    this.client.on('ready', () => this.#come());
    this.client.on('close', () => this.#go());
    // Every error of a connection is followed by its `close`; what it was is told to the callers.
    this.client.on('error', (error: Error) => {
      // That the client gives up its own first commands is a consequence of what was said before.
      if (error.name !== 'MaxRetriesPerRequestError') this.#cause = causeOf(error);
    });
  }

  /** Resolves when the first attempt to connect has succeeded or failed. */
  async settled(): Promise<void> {
    await this.#first.promise;
  }

  /** Runs one command. @throws CoordinationUnavailable */
  async run<Answer>(command: (client: Redis) => Promise<Answer>): Promise<Answer> {
    for (let sends = 1; ; sends++) {
      this.#checkReady();
      try {
        return await command(this.client);
      } catch (error) {
        if (!isUnknownScript(error) || sends === MAX_SENDS) throw this.#explain(error);
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#cause = 'closed';
    this.client.disconnect();
  }

  #come(): void {
    if (this.#away) this.#report('connected');
    this.#away = false;
    this.#cause = 'connection lost';
    this.#heardAt = performance.now();
    this.client.stream.on('data', () => {
      this.#heardAt = performance.now();
    });
    this.#first.resolve();
  }

  #go(): void {
    if (!this.#away && !this.#closed) this.#report('disconnected');
    this.#away = true;
    this.#first.resolve();
  }

  #checkReady(): void {
    if (this.#closed || this.client.status !== 'ready')
      throw new CoordinationUnavailable(`not connected, ${this.#cause}`);
    const commands = this.client.commandQueue.length + this.client.autoPipelineQueueSize;
    if (commands >= MAX_COMMANDS) throw new CoordinationUnavailable('too many commands at a time');
  }

  #explain(error: unknown): unknown {
    // A TypeError is no trouble of a connection but of a program.
    if (!(error instanceof Error) || error instanceof TypeError) return error;
    if (error.message === 'Command timed out') this.#suspect();
    else if (error.name === 'ReplyError') return explainReply(error);
    return new CoordinationUnavailable(error.name === 'Error' ? error.message : error.name);
  }

  /**
   * A command that took too long may only have waited behind many others. A connection on which nothing at all was
   * heard for as long is given up, for its peer may be gone without a word.
   */
  #suspect(): void {
    // After what has arrived meanwhile is read: this process itself may have been busy.
    setImmediate(() => {
      const silent = performance.now() - this.#heardAt >= COMMAND_MS;
      if (silent && this.client.status === 'ready' && this.client.stream.writable)
        this.client.disconnect(true);
    });
  }
}

/**
 * Redis forgot its scripts, by `SCRIPT FLUSH` or because a proxy leads to another server now: nothing of the call has
 * happened. The client sends the script along once, which is too little while that goes on.
 */
function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT');
}

/** Errors of a connection hold no key and no value. */
function causeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

/** The first word of a refusal says what is wrong; the rest may hold more than a log should. */
function explainReply(error: Error): unknown {
  return PROGRAM_ERROR.test(error.message)
    ? error
    : new CoordinationUnavailable(error.message.split(' ', 1)[0] ?? error.name);
}
