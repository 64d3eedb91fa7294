/** Who did something: an opaque id, never a name. */
export interface Actor {
  readonly kind: 'partner' | 'staff' | 'resident' | 'system';
  readonly id: string;
  /** Institution that the actor acts for, where there is one. */
  readonly institutionCode?: string;
}

/** What stands beside every event. None of it is personal data. */
export interface EventMetadata {
  readonly schemaVersion: number;
  readonly commandId: string;
  /** HMAC-SM3 of the command's body: tells a repeated command from another one under the same key. */
  readonly bodyHmac: string;
  readonly actor: Actor;
  readonly correlationId: string;
  readonly causationId: string;
  /** When it happened, ISO 8601 with offset; never earlier than the event before it in the stream. */
  readonly occurredAt: string;
}

/** An event on its way into the log. */
export interface NewEvent {
  readonly id: string;
  readonly type: string;
  readonly data: unknown;
  readonly metadata: EventMetadata;
}

/** An event as the log keeps it. */
export interface StoredEvent extends NewEvent {
  readonly stream: string;
  /** Place in its stream, from 0. */
  readonly revision: number;
  /** Place in the whole log; grows from event to event, with holes. */
  readonly position: bigint;
}
