import { ledgerEvents, slotEvents, waitlistEvents } from '@qingpu/contracts/events/slots';
import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import {
  type AcceptedOutcome,
  type CommandEnvelope,
  type CommandHandlingPorts,
  handleCommand,
  type Keeping,
  type Seen,
} from '@qingpu/domains-kernel/command-handling';
import { stepCommandId } from '@qingpu/domains-kernel/event-ids';
import { bookingLedger, type LedgerCommand, type LedgerState } from './booking-ledger.ts';
import type { BookingPolicy } from './booking-policy.ts';
import { type SlotCommand, type SlotState, slot } from './slot.ts';
import { ledgerStream, type ScheduleKey, type SlotKey, slotStream, waitlistStream } from './streams.ts';
import { type WaitlistCommand, waitlist } from './waitlist.ts';

/*
 * How the steps of booking act on the streams of a slot, a ledger and a waitlist. Each step is its own command with an
 * id derived from that of the whole, and finds what it would do done; the command ledger keeps nothing of it.
 */

/** The envelope of one step of a command that takes several. */
export function stepOf(envelope: CommandEnvelope, step: string): CommandEnvelope {
  return { ...envelope, commandId: stepCommandId(envelope.commandId, step) };
}

export interface SlotAct {
  readonly believedEmpty?: boolean;
  readonly keeps?: Keeping;
  /** Told what the slot's stream said each time it was asked. */
  readonly seen?: (seen: Seen<SlotState>) => void;
}

export function actOnSlot(
  ports: CommandHandlingPorts,
  key: SlotKey,
  command: SlotCommand,
  envelope: CommandEnvelope,
  { believedEmpty = false, keeps = 'nothing', seen: tell }: SlotAct = {},
): Promise<AcceptedOutcome> {
  return handleCommand(ports, envelope, {
    stream: slotStream(key),
    catalogue: slotEvents,
    decider: slot,
    command,
    context: async (seen) => {
      tell?.(seen);
      return { safeguards: bookingSafeguards, chance: Math.random() };
    },
    believedEmpty,
    keeps,
  });
}

export interface LedgerAct {
  readonly keeps?: Keeping;
  readonly run?: string;
  /** The rule by which no-shows count; asked only where it matters. */
  readonly noShowRule?: (state: LedgerState) => Promise<BookingPolicy | null>;
  /** Bookings that their slots know to be over; asked only where it matters. */
  readonly over?: (state: LedgerState) => Promise<ReadonlySet<string>>;
}

export function actOnLedger(
  ports: CommandHandlingPorts,
  personId: string,
  command: LedgerCommand,
  envelope: CommandEnvelope,
  { keeps = 'nothing', run, noShowRule = async () => null, over = async () => new Set() }: LedgerAct = {},
): Promise<AcceptedOutcome> {
  return handleCommand(ports, envelope, {
    stream: ledgerStream(personId),
    catalogue: ledgerEvents,
    decider: bookingLedger,
    command,
    context: async ({ state }) => ({
      safeguards: bookingSafeguards,
      noShowRule: await noShowRule(state),
      over: await over(state),
    }),
    keeps,
    ...(run !== undefined && { run }),
  });
}

export function actOnWaitlist(
  ports: CommandHandlingPorts,
  key: ScheduleKey,
  command: WaitlistCommand,
  envelope: CommandEnvelope,
  keeps: Keeping = 'nothing',
): Promise<AcceptedOutcome> {
  return handleCommand(ports, envelope, {
    stream: waitlistStream(key),
    catalogue: waitlistEvents,
    decider: waitlist,
    command,
    context: async () => ({ safeguards: bookingSafeguards }),
    keeps,
  });
}
