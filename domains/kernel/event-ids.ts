import { v5 as uuidv5 } from 'uuid';

/** Namespace of all ids that this platform derives; changing it would forget every idempotency key. */
const NAMESPACE = '6f1d9b1e-7c0a-5d52-9f0e-2f6f1f0d8a31';

/** The id of a command: the same actor with the same key always gives the same id. */
export function commandIdOf(actorId: string, idempotencyKey: string): string {
  return uuidv5(`command ${actorId} ${idempotencyKey}`, NAMESPACE);
}

/** The id of item `index` of a batch command. */
export function itemCommandId(batchId: string, index: number): string {
  return uuidv5(`item ${index}`, batchId);
}

/** The id of one step of a command that takes several; the same step always has the same id. */
export function stepCommandId(commandId: string, step: string): string {
  return uuidv5(`step ${step}`, commandId);
}

/** The id of event `index` that a command leads to; a re-append of the same command carries the same ids. */
export function eventIdOf(commandId: string, index: number): string {
  return uuidv5(`event ${index}`, commandId);
}

/** The id of command `index` with which a process manager reacts to an event. */
export function reactionCommandId(process: string, eventId: string, index: number): string {
  return uuidv5(`reaction ${process} ${index}`, eventId);
}
