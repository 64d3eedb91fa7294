import type { DatabaseSync, StatementSync } from 'node:sqlite';
import {
  type AppendCommand,
  type AppendOutcome,
  EXPECT_ANY,
  EXPECT_STREAM_EXISTS,
  NO_STREAM,
  type ProposedEvent,
} from './model.ts';

interface StreamState {
  /** 0 while the stream does not exist. */
  readonly id: number;
  readonly revision: number;
}

interface Place {
  readonly revision: number;
  readonly position: number;
}

interface Statements {
  readonly stream: StatementSync;
  readonly createStream: StatementSync;
  readonly moveStream: StatementSync;
  readonly insert: StatementSync;
  readonly byRevision: StatementSync;
  readonly byId: StatementSync;
}

const ABSENT: StreamState = { id: 0, revision: NO_STREAM };

/**
 * The writing side of the store: decides and writes appends, many per transaction. Not thread-safe; there is one
 * per folder. After a storage error it stays failed, because what a failed sync left on disk is not known.
 */
export class StoreWriter {
  readonly #database: DatabaseSync;
  readonly #sql: Statements;
  #head: number;
  #failure: Error | undefined;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#sql = prepareStatements(database);
    this.#head = Number(
      database.prepare('SELECT coalesce(max(position), 0) AS head FROM events').get()?.head,
    );
  }

  /**
   * Writes all commands in one durable transaction, in order; each sees those before it. A command is checked
   * before it writes, so one that conflicts leaves the others alone.
   * @returns one outcome per command, after the commit is on disk
   * @throws when the storage failed; then none of the commands may be acknowledged
   */
  appendBatch(commands: readonly AppendCommand[], now: () => number = Date.now): AppendOutcome[] {
    if (this.#failure) throw this.#failure;
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const outcomes = commands.map((command) => this.#append(command, now()));
      this.#database.exec('COMMIT');
      return outcomes;
    } catch (cause) {
      this.#failure = new Error('The event store stopped writing after a storage error; restart it', {
        cause,
      });
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw this.#failure;
    }
  }

  close(): void {
    this.#database.close();
  }

  #append(command: AppendCommand, now: number): AppendOutcome {
    if (now > command.deadline) return { kind: 'deadline-exceeded' };
    const stream = this.#streamState(command.stream);
    const verdict = this.#judge(command, stream);
    if (verdict === 'conflict') return { kind: 'wrong-expected-revision', current: stream.revision };
    if (verdict !== 'write') return { kind: 'appended', ...verdict };
    return { kind: 'appended', ...this.#write(command, stream, now) };
  }

  #streamState(name: string): StreamState {
    const row = this.#sql.stream.get(name);
    return row ? { id: Number(row.id), revision: Number(row.last_revision) } : ABSENT;
  }

  /** The rules of EventStoreDB: write, conflict, or the place where the same events already stand. */
  #judge(command: AppendCommand, stream: StreamState): 'write' | 'conflict' | Place {
    const { expected, events } = command;
    if (expected === EXPECT_STREAM_EXISTS && stream.revision === NO_STREAM) return 'conflict';
    if (expected === EXPECT_ANY || expected === EXPECT_STREAM_EXISTS) return this.#judgeById(events, stream);
    if (expected > stream.revision) return 'conflict';
    if (expected === stream.revision) return 'write';
    return this.#judgeByRevision(expected, events, stream);
  }

  #judgeById(events: readonly ProposedEvent[], stream: StreamState): 'write' | 'conflict' | Place {
    let last: Place | undefined;
    for (const [index, event] of events.entries()) {
      const row = this.#sql.byId.get(stream.id, event.id);
      if (!row) return index === 0 ? 'write' : 'conflict';
      last = { revision: Number(row.revision), position: Number(row.position) };
    }
    return last ?? 'write';
  }

  #judgeByRevision(
    expected: number,
    events: readonly ProposedEvent[],
    stream: StreamState,
  ): 'conflict' | Place {
    let last: Place | undefined;
    for (const [index, event] of events.entries()) {
      const revision = expected + 1 + index;
      const row = this.#sql.byRevision.get(stream.id, revision);
      if (!row || !sameBytes(row.id, event.id)) return 'conflict';
      last = { revision, position: Number(row.position) };
    }
    return last ?? 'conflict';
  }

  #write(command: AppendCommand, stream: StreamState, now: number): Place {
    const { events } = command;
    if (events.length === 0) return { revision: stream.revision, position: 0 };
    const revision = stream.revision + events.length;
    const streamId = stream.id || Number(this.#sql.createStream.run(command.stream).lastInsertRowid);
    for (const [index, event] of events.entries()) {
      this.#head += 1;
      this.#insert(event, streamId, stream.revision + 1 + index, now);
    }
    this.#sql.moveStream.run(revision, streamId);
    return { revision, position: this.#head };
  }

  #insert(event: ProposedEvent, streamId: number, revision: number, now: number): void {
    const { id, type, isJson, metadata, data } = event;
    this.#sql.insert.run(this.#head, streamId, revision, id, type, isJson ? 1 : 0, now, metadata, data);
  }
}

function prepareStatements(database: DatabaseSync): Statements {
  return {
    stream: database.prepare('SELECT id, last_revision FROM streams WHERE name = ?'),
    createStream: database.prepare('INSERT INTO streams (name, last_revision) VALUES (?, -1)'),
    moveStream: database.prepare('UPDATE streams SET last_revision = ? WHERE id = ?'),
    insert: database.prepare('INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)'),
    byRevision: database.prepare('SELECT id, position FROM events WHERE stream_id = ? AND revision = ?'),
    byId: database.prepare(
      'SELECT revision, position FROM events WHERE stream_id = ? AND id = ? ORDER BY revision LIMIT 1',
    ),
  };
}

function sameBytes(stored: unknown, proposed: Uint8Array): boolean {
  return stored instanceof Uint8Array && Buffer.compare(stored, proposed) === 0;
}
