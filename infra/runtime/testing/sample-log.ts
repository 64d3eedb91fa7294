import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import type { ConsumerLog } from '../consumer.ts';

/** The id of the event at a place of the log. */
export function idAt(position: number): string {
  return `00000000-0000-4000-8000-${String(position).padStart(12, '0')}`;
}

/** An event of the sample catalogue at a place of the log; everything else about it follows from the place. */
export function seatTaken(position: number, changes: Partial<StoredEvent> = {}): StoredEvent {
  return {
    id: idAt(position),
    type: 'SeatTaken',
    data: { by: `person-${position % 3}` },
    metadata: {
      schemaVersion: 1,
      commandId: `command-${position}`,
      bodyHmac: '-',
      actor: { kind: 'system', id: 'spec' },
      correlationId: `correlation-${position}`,
      causationId: '-',
      occurredAt: `2026-11-23T08:00:00.${String(position).padStart(3, '0')}+08:00`,
    },
    stream: `seats-${position}`,
    revision: 0,
    position: BigInt(position),
    ...changes,
  };
}

export function seatLeft(position: number, changes: Partial<StoredEvent> = {}): StoredEvent {
  return seatTaken(position, { type: 'SeatLeft', ...changes });
}

/** An event of a declared type in a version that nobody knows. */
export function fromTheFuture(position: number): StoredEvent {
  const event = seatTaken(position);
  return { ...event, metadata: { ...event.metadata, schemaVersion: 2 } };
}

export function manySeats(from: number, to: number): StoredEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => seatTaken(from + index));
}

interface Line {
  readonly level: 'info' | 'warn' | 'error';
  readonly facts: object;
  readonly message: string;
}

/** Keeps what was logged. */
export class RecordingLog implements ConsumerLog {
  readonly lines: Line[] = [];

  info(facts: object, message: string): void {
    this.lines.push({ level: 'info', facts, message });
  }

  warn(facts: object, message: string): void {
    this.lines.push({ level: 'warn', facts, message });
  }

  error(facts: object, message: string): void {
    this.lines.push({ level: 'error', facts, message });
  }
}
