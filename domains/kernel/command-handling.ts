import type { EventCatalogue, EventOf } from '@qingpu/contracts/events/catalogue';
import type { Actor, NewEvent, StoredEvent } from '@qingpu/contracts/events/stored-event';
import { type Clock, shanghaiTimestamp } from './clock.ts';
import type { CommandLedger, CommandOutcome } from './command-ledger.ts';
import {
  type ConflictRetryPolicy,
  conflictRetry,
  retryOnConflict,
  retryUntilAnswered,
} from './conflict-retry.ts';
import { type Decider, fold } from './decider.ts';
import { eventIdOf } from './event-ids.ts';
import type { EventLog } from './event-log.ts';
import { readEvents } from './read-stream.ts';
import { Rejection } from './rejection.ts';

const KEY_REUSED = 'idempotency-key-reused';

/** Who sends a command, under which id, caused by what. */
export interface CommandEnvelope {
  readonly commandId: string;
  readonly bodyHmac: string;
  readonly actor: Actor;
  readonly correlationId: string;
  readonly causationId: string;
  /** The revision that the sender has seen; a different one rejects the command as stale. */
  readonly expectedRevision?: number | 'no_stream';
}

export interface CommandHandlingPorts {
  readonly log: EventLog;
  readonly ledger: CommandLedger;
  readonly clock: Clock;
  readonly retry?: ConflictRetryPolicy;
}

/** Time as `decide` sees it: never earlier than the last event of the stream. */
export interface DecisionTime {
  readonly now: Date;
}

export interface CommandHandling<State, Command, Catalogue extends EventCatalogue, Context> {
  readonly stream: string;
  readonly catalogue: Catalogue;
  readonly decider: Decider<State, Command, EventOf<Catalogue>, Context & DecisionTime>;
  readonly command: Command;
  /** Loads what the decision needs besides the stream; called again for every attempt. */
  readonly context: () => Promise<Context>;
}

export type AcceptedOutcome = Exclude<CommandOutcome, { readonly kind: 'rejected' }> & {
  readonly replayed: boolean;
};

/**
 * Handles one command: load, fold, decide, append at the exact revision.
 * A repeated command answers its recorded outcome, a conflict is decided again, an unanswered append is repeated with the same ids.
 * @throws Rejection when the domain says no (recorded), or the key was used with another body, or the revision is stale.
 * @throws RevisionConflict, AppendOutcomeUnknown, EventLogUnavailable when the log could not settle it; nothing is recorded then.
 */
export async function handleCommand<State, Command, Catalogue extends EventCatalogue, Context>(
  ports: CommandHandlingPorts,
  envelope: CommandEnvelope,
  handling: CommandHandling<State, Command, Catalogue, Context>,
): Promise<AcceptedOutcome> {
  const earlier = await recordedOutcome(ports, envelope, handling.stream);
  if (earlier) return earlier;
  const attempt = () => decideAndAppend(ports, envelope, handling);
  try {
    const outcome = await retryOnConflict(ports.retry ?? conflictRetry, attempt);
    // An accepted outcome is already in the log under the command's id; only what left no event must be written down.
    if (outcome.kind === 'unchanged') await ports.ledger.record(envelope.commandId, unchanged(outcome));
    return outcome;
  } catch (error) {
    // That a key was used for something else says nothing about this command.
    if (error instanceof Rejection && error.code !== KEY_REUSED) {
      await ports.ledger.record(envelope.commandId, { kind: 'rejected', rejection: error.facts() });
    }
    throw error;
  }
}

/**
 * What a command has led to already; undefined when it is new or did not get to its end. For commands that ask others
 * before they are decided: a repeated one is answered without asking again.
 * @throws Rejection when that was the outcome, or the key was used with another body
 */
export async function earlierOutcome(
  ports: CommandHandlingPorts,
  envelope: CommandEnvelope,
  stream: string,
): Promise<AcceptedOutcome | undefined> {
  const recorded = await recordedOutcome(ports, envelope, stream);
  return recorded ?? outcomeInHistory(await ports.log.readStream(stream), envelope, stream);
}

async function recordedOutcome(
  ports: CommandHandlingPorts,
  envelope: CommandEnvelope,
  stream: string,
): Promise<AcceptedOutcome | undefined> {
  const reservation = await ports.ledger.reserve(envelope.commandId, envelope.bodyHmac);
  if (reservation.status !== 'seen') return undefined;
  if (reservation.bodyHmac !== envelope.bodyHmac) throw idempotencyKeyReused();
  return reservation.outcome && replay(ports, envelope, stream, reservation.outcome);
}

async function decideAndAppend<State, Command, Catalogue extends EventCatalogue, Context>(
  ports: CommandHandlingPorts,
  envelope: CommandEnvelope,
  handling: CommandHandling<State, Command, Catalogue, Context>,
): Promise<AcceptedOutcome> {
  const history = await ports.log.readStream(handling.stream);
  const earlier = outcomeInHistory(history, envelope, handling.stream);
  if (earlier) return earlier;
  const last = history.at(-1);
  const revision = last?.revision ?? 'no_stream';
  if (envelope.expectedRevision !== undefined && envelope.expectedRevision !== revision)
    throw staleRevision();

  const now = notBefore(last, ports.clock.now());
  const context = { ...(await handling.context()), now };
  const state = fold(handling.decider, readEvents(handling.catalogue, history));
  const decided = handling.decider.decide(state, handling.command, context);
  if (decided.length === 0) {
    return {
      kind: 'unchanged',
      stream: handling.stream,
      revision: last?.revision ?? -1,
      position: String(last?.position ?? 0n),
      replayed: false,
    };
  }
  const events = decided.map((event, index) => newEvent(handling.catalogue, event, index, envelope, now));
  const appended = await retryUntilAnswered(ports.retry ?? conflictRetry, () =>
    ports.log.append(handling.stream, events, revision),
  );
  return {
    kind: 'accepted',
    stream: handling.stream,
    revision: appended.revision,
    position: String(appended.position),
    eventTypes: events.map((event) => event.type),
    replayed: false,
  };
}

function newEvent(
  catalogue: EventCatalogue,
  event: { readonly type: string; readonly data: unknown },
  index: number,
  envelope: CommandEnvelope,
  now: Date,
): NewEvent {
  const definition = catalogue[event.type];
  if (!definition) throw new Error(`event type ${event.type} is not in the catalogue of its context`);
  return {
    id: eventIdOf(envelope.commandId, index),
    type: event.type,
    // What does not fit its published schema could never be read again; better to fail before it is in the log.
    data: definition.schema.parse(event.data),
    metadata: {
      schemaVersion: definition.version,
      commandId: envelope.commandId,
      bodyHmac: envelope.bodyHmac,
      actor: envelope.actor,
      correlationId: envelope.correlationId,
      causationId: envelope.causationId,
      occurredAt: shanghaiTimestamp(now),
    },
  };
}

function outcomeInHistory(
  history: readonly StoredEvent[],
  envelope: CommandEnvelope,
  stream: string,
): AcceptedOutcome | undefined {
  const own = history.filter((stored) => stored.metadata.commandId === envelope.commandId);
  const last = own.at(-1);
  if (!last) return undefined;
  if (last.metadata.bodyHmac !== envelope.bodyHmac) throw idempotencyKeyReused();
  return {
    kind: 'accepted',
    stream,
    revision: last.revision,
    position: String(last.position),
    eventTypes: own.map((stored) => stored.type),
    replayed: true,
  };
}

function notBefore(last: StoredEvent | undefined, now: Date): Date {
  const previous = last ? new Date(last.metadata.occurredAt) : now;
  return previous > now ? previous : now;
}

function unchanged(outcome: AcceptedOutcome): CommandOutcome {
  return {
    kind: 'unchanged',
    stream: outcome.stream,
    revision: outcome.revision,
    position: outcome.position,
  };
}

/** A twin under the same key may have been accepted while this outcome was being written down: the log has the last word. */
async function replay(
  { log }: CommandHandlingPorts,
  envelope: CommandEnvelope,
  stream: string,
  outcome: CommandOutcome,
): Promise<AcceptedOutcome> {
  const accepted = outcomeInHistory(await log.readStream(stream), envelope, stream);
  if (accepted) return accepted;
  if (outcome.kind === 'rejected') throw new Rejection(outcome.rejection);
  return { ...outcome, replayed: true };
}

function idempotencyKeyReused(): Rejection {
  return new Rejection({
    code: KEY_REUSED,
    status: 409,
    advice: '该幂等键已用于另一个请求，请换一个新的幂等键后重试',
  });
}

function staleRevision(): Rejection {
  return new Rejection({
    code: 'stale-revision',
    status: 412,
    advice: '该记录已被他人修改，请刷新后在最新内容上重新修改',
  });
}
