import type { EventCatalogue, EventOf } from '@qingpu/contracts/events/catalogue';
import type { Actor, NewEvent, StoredEvent } from '@qingpu/contracts/events/stored-event';
import { type Clock, shanghaiTimestamp } from './clock.ts';
import type { CommandLedger, CommandOutcome, Remembered } from './command-ledger.ts';
import {
  type ConflictRetryPolicy,
  conflictRetry,
  retryOnConflict,
  retryUntilAnswered,
} from './conflict-retry.ts';
import { type Decider, fold } from './decider.ts';
import { eventIdOf } from './event-ids.ts';
import { type Appended, type EventLog, RevisionConflict } from './event-log.ts';
import { readEvents } from './read-stream.ts';
import type { RecentStreams } from './recent-streams.ts';
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
  /** Spares commands of which the ledger keeps nothing the reading of what this process has just written. */
  readonly recent?: RecentStreams;
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
  /** Loads what the decision needs besides the stream; called again for every attempt, with what the stream says then. */
  readonly context: (seen: Seen<State>) => Promise<Context>;
  /** What the command ledger keeps of the command; `outcomes` unless told otherwise. */
  readonly keeps?: Keeping;
  /** The stream is believed to have no events: decided without reading it first. A stream that has some is read then. */
  readonly believedEmpty?: boolean;
  /**
   * A UUID of this run alone, from which the ids of the events derive instead of the command's. Of two runs of one
   * command at the same time only one has then appended, and each knows which.
   */
  readonly run?: string;
}

/**
 * `outcomes`: reserved before anything else, and every outcome that left no event. `rejections`: nothing is written
 * while the answer is yes, which the stream tells again by the command's id. `nothing`: a no is decided anew, too.
 */
export type Keeping = 'outcomes' | 'rejections' | 'nothing';

/** What a stream says when a command is decided. */
export interface Seen<State> {
  readonly state: State;
  /** Of its last event; -1 when there is none. */
  readonly revision: number;
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
  const keeps = handling.keeps ?? 'outcomes';
  const { earlier, history } = await lookBack(ports, envelope, handling.stream, keeps);
  if (earlier) return earlier;
  try {
    const outcome = await decideUntilSettled(ports, envelope, handling, history);
    // An accepted outcome is already in the log under the command's id; only what left no event must be written down.
    if (outcome.kind === 'unchanged' && keeps === 'outcomes')
      await ports.ledger.record(envelope.commandId, unchanged(outcome));
    return outcome;
  } catch (error) {
    // That a key was used for something else says nothing about this command.
    if (error instanceof Rejection && error.code !== KEY_REUSED)
      await keepRejection(ports.ledger, envelope, keeps, error);
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
  return reservation.status === 'seen' ? outcomeOf(ports, envelope, stream, reservation) : undefined;
}

async function outcomeOf(
  ports: CommandHandlingPorts,
  envelope: CommandEnvelope,
  stream: string,
  remembered: Remembered,
): Promise<AcceptedOutcome | undefined> {
  if (remembered.bodyHmac !== envelope.bodyHmac) throw idempotencyKeyReused();
  return remembered.outcome && replay(ports, envelope, stream, remembered.outcome);
}

interface LookedBack {
  readonly earlier?: AcceptedOutcome | undefined;
  /** The stream, where it was read on the way. */
  readonly history?: readonly StoredEvent[];
}

async function lookBack(
  ports: CommandHandlingPorts,
  envelope: CommandEnvelope,
  stream: string,
  keeps: Keeping,
): Promise<LookedBack> {
  if (keeps === 'nothing') return {};
  if (keeps === 'outcomes') return { earlier: await recordedOutcome(ports, envelope, stream) };
  // Both at once: a command that is new does not wait for the ledger.
  const [remembered, history] = await Promise.all([
    ports.ledger.recall(envelope.commandId),
    ports.log.readStream(stream),
  ]);
  return { earlier: remembered && (await outcomeOf(ports, envelope, stream, remembered)), history };
}

async function keepRejection(
  ledger: CommandLedger,
  { commandId, bodyHmac }: CommandEnvelope,
  keeps: Keeping,
  rejection: Rejection,
): Promise<void> {
  if (keeps === 'nothing') return;
  if (keeps === 'rejections') {
    const reservation = await ledger.reserve(commandId, bodyHmac);
    // What another body under the same key led to is not to be written over.
    if (reservation.status === 'seen' && reservation.bodyHmac !== bodyHmac) return;
  }
  await ledger.record(commandId, { kind: 'rejected', rejection: rejection.facts() });
}

async function decideUntilSettled<State, Command, Catalogue extends EventCatalogue, Context>(
  ports: CommandHandlingPorts,
  envelope: CommandEnvelope,
  handling: CommandHandling<State, Command, Catalogue, Context>,
  history: readonly StoredEvent[] | undefined,
): Promise<AcceptedOutcome> {
  const guess = guessOf(ports, handling);
  const guessed = guess && (await decideOnGuess(ports, envelope, handling, guess));
  if (guessed) return guessed;
  let readAhead = history;
  return retryOnConflict(ports.retry ?? conflictRetry, async () => {
    const seen = readAhead ?? (await ports.log.readStream(handling.stream));
    readAhead = undefined;
    return decideAndAppend(ports, envelope, handling, seen);
  });
}

/** How the stream is believed to stand; undefined where it is to be read first. */
function guessOf<State, Command, Catalogue extends EventCatalogue, Context>(
  { recent }: CommandHandlingPorts,
  { stream, believedEmpty, keeps }: CommandHandling<State, Command, Catalogue, Context>,
): readonly StoredEvent[] | undefined {
  if (believedEmpty) return [];
  return keeps === 'nothing' ? recent?.get(stream) : undefined;
}

/** Undefined unless the append itself said that the guess was right: nothing may be answered on a guess alone. */
async function decideOnGuess<State, Command, Catalogue extends EventCatalogue, Context>(
  ports: CommandHandlingPorts,
  envelope: CommandEnvelope,
  handling: CommandHandling<State, Command, Catalogue, Context>,
  guess: readonly StoredEvent[],
): Promise<AcceptedOutcome | undefined> {
  try {
    const outcome = await decideAndAppend(ports, envelope, handling, guess);
    return outcome.kind === 'accepted' ? outcome : undefined;
  } catch (error) {
    ports.recent?.forget(handling.stream);
    if (error instanceof RevisionConflict || error instanceof Rejection) return undefined;
    throw error;
  }
}

async function decideAndAppend<State, Command, Catalogue extends EventCatalogue, Context>(
  ports: CommandHandlingPorts,
  envelope: CommandEnvelope,
  handling: CommandHandling<State, Command, Catalogue, Context>,
  history: readonly StoredEvent[],
): Promise<AcceptedOutcome> {
  const earlier = outcomeInHistory(history, envelope, handling.stream);
  if (earlier) return earlier;
  const last = history.at(-1);
  const revision = last?.revision ?? 'no_stream';
  if (envelope.expectedRevision !== undefined && envelope.expectedRevision !== revision)
    throw staleRevision();

  const now = notBefore(last, ports.clock.now());
  const state = fold(handling.decider, readEvents(handling.catalogue, history));
  const context = { ...(await handling.context({ state, revision: last?.revision ?? -1 })), now };
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
  const seed = handling.run ?? envelope.commandId;
  const events = decided.map((event, index) =>
    newEvent(handling.catalogue, event, eventIdOf(seed, index), envelope, now),
  );
  const appended = await retryUntilAnswered(ports.retry ?? conflictRetry, () =>
    ports.log.append(handling.stream, events, revision),
  );
  ports.recent?.put(handling.stream, [...history, ...storedAs(handling.stream, events, appended)]);
  return {
    kind: 'accepted',
    stream: handling.stream,
    revision: appended.revision,
    position: String(appended.position),
    eventTypes: events.map((event) => event.type),
    replayed: false,
  };
}

/** Events as the log has them now. Of several only the last one's position is known: nothing asks for the others'. */
function storedAs(
  stream: string,
  events: readonly NewEvent[],
  { revision, position }: Appended,
): readonly StoredEvent[] {
  const first = revision - events.length + 1;
  return events.map((event, index) => ({ ...event, stream, revision: first + index, position }));
}

function newEvent(
  catalogue: EventCatalogue,
  event: { readonly type: string; readonly data: unknown },
  id: string,
  envelope: CommandEnvelope,
  now: Date,
): NewEvent {
  const definition = catalogue[event.type];
  if (!definition) throw new Error(`event type ${event.type} is not in the catalogue of its context`);
  return {
    id,
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

/** Says that a key was used for something else. */
export function idempotencyKeyReused(): Rejection {
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
