import type { EventCatalogue } from '@qingpu/contracts/events/catalogue';
import {
  ledgerEvents,
  type ScheduleDetails,
  slotEvents,
  waitlistEvents,
} from '@qingpu/contracts/events/slots';
import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import type { CommandEnvelope, CommandHandlingPorts } from '@qingpu/domains-kernel/command-handling';
import { fold } from '@qingpu/domains-kernel/decider';
import { reactionCommandId } from '@qingpu/domains-kernel/event-ids';
import type { ProcessManager } from '@qingpu/domains-kernel/process-manager';
import { readEvents, readStream } from '@qingpu/domains-kernel/read-stream';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { FakeCommandLedger } from '@qingpu/domains-kernel/testing/fake-command-ledger';
import { TroubledEventLog } from '@qingpu/domains-kernel/testing/troubled-event-log';
import { actOnSlot } from '../acting.ts';
import { type BookingRequest, BookingService } from '../booking.ts';
import { bookingLedger, type LedgerState } from '../booking-ledger.ts';
import { type BookingPolicy, guidancePolicy } from '../booking-policy.ts';
import { bookingSettlementProcess } from '../booking-settlement.process.ts';
import { closeLedger } from '../closing-ledger.ts';
import { FollowSlot, FollowSlotHandler } from '../ledger.handlers.ts';
import { settleOpenClaim } from '../open-claims.ts';
import { SharedOrders } from '../orders-in-shared-mode.ts';
import type { SlotCandidate, SlotChooser, SlotWish } from '../ports.ts';
import { type KnownSchedule, schedule } from '../schedule.ts';
import { type SlotState, slot } from '../slot.ts';
import { ledgerStream, type ScheduleKey, type SlotKey, slotStream, waitlistStream } from '../streams.ts';
import { type WaitlistState, waitlist } from '../waitlist.ts';
import { FakeSharedHospital } from './fake-shared-hospital.ts';
import { at, idOf, institutionCode, knownFacts, personId, sampleDetails } from './sample-pool.ts';

type Learned = { readonly slotId: string } & Parameters<SlotChooser['learn']>[1];

/** Hands out slots in the order of the wish, all believed untouched, unless a spec says otherwise; remembers what it is told. */
export class SimpleChooser implements SlotChooser {
  readonly learned: Learned[] = [];
  pick: (wish: SlotWish) => readonly SlotCandidate[] = ({ slots }) =>
    slots.map(({ slotId }) => ({ slotId, revision: 'no_stream' }));

  choose(wish: SlotWish): readonly SlotCandidate[] {
    return this.pick(wish);
  }

  learn({ slotId }: SlotKey, seen: Parameters<SlotChooser['learn']>[1]): void {
    this.learned.push({ slotId, ...seen });
  }
}

/** Slots, ledgers and what stands between them, in memory, with a clock that specs set. */
export class BookingWorld {
  readonly log = new TroubledEventLog();
  readonly ledger = new FakeCommandLedger();
  readonly chooser = new SimpleChooser();
  readonly hospital = new FakeSharedHospital();
  readonly schedules = new Map<string, KnownSchedule>();
  now = at('2026-03-10', '10:00');
  policy: BookingPolicy = guidancePolicy;
  withheld = false;
  #commands = 0;
  readonly #reactedTo = new Map<string, number>();

  constructor() {
    this.addSchedule('P1');
  }

  get handling(): CommandHandlingPorts {
    return {
      log: this.log,
      ledger: this.ledger,
      clock: { now: () => this.now },
      retry: { attempts: 3, baseDelayMs: 0, pause: async () => undefined },
    };
  }

  /** What booking needs, beside what stands in `handling`. */
  get ports() {
    return {
      schedules: { find: async ({ scheduleId }: ScheduleKey) => this.schedules.get(scheduleId) },
      policies: { for: async () => this.policy },
      chooser: this.chooser,
      hospitals: this.hospital,
      withholdings: { covers: async () => this.withheld },
    };
  }

  addSchedule(
    scheduleId: string,
    changes: Partial<ScheduleDetails> = {},
    mode: KnownSchedule['mode'] = 'hosted',
  ): void {
    const command = {
      type: 'RegisterSchedule',
      institutionCode,
      scheduleId,
      details: sampleDetails(changes),
      facts: { ...knownFacts, mode },
      policy: guidancePolicy,
    } as const;
    const registered = schedule.decide(schedule.initialState, command, { now: at('2026-02-01', '08:00') });
    const known = fold(schedule, registered);
    if (known.status !== 'absent') this.schedules.set(scheduleId, known);
  }

  pass(minutes: number): void {
    this.now = new Date(this.now.getTime() + minutes * 60_000);
  }

  /** A booking under a key; the same key gives the same envelope. */
  book(key: number, changes: Partial<BookingRequest> = {}, handling = this.handling) {
    const request = requestFor(changes);
    return new BookingService({ handling, ...this.ports }).book(request, envelopeFor(key, request));
  }

  actOnSlot(key: SlotKey, command: Parameters<typeof actOnSlot>[2], handling = this.handling) {
    return actOnSlot(handling, key, command, this.envelope());
  }

  settleOpenClaim(bookingId: string, person = personId, handling = this.handling) {
    return settleOpenClaim(handling, { personId: person, bookingId }, this.envelope());
  }

  /** What the process of erasure asks for; the same key is the same person's erasure again. */
  closeLedger(key: number, person = personId, handling = this.handling) {
    const envelope = { ...this.envelope(), commandId: idOf(key), bodyHmac: idOf(key) };
    return closeLedger(handling, this.ports.policies, person, envelope);
  }

  /** Finds out what became of an order at a hospital in shared mode. */
  settleOrder(key: SlotKey & { readonly bookingId: string }, handling = this.handling) {
    return new SharedOrders(handling, this.hospital).settle(key, this.envelope());
  }

  /** Another command each time. */
  envelope(): CommandEnvelope {
    this.#commands += 1;
    const commandId = idOf(500_000 + this.#commands);
    const actor = { kind: 'system', id: 'spec' } as const;
    return { commandId, bodyHmac: commandId, actor, correlationId: 'c', causationId: 'c' };
  }

  /** Lets a process react to what happened since it did last; `handle` does what it asks for. */
  async react<Catalogue extends EventCatalogue, Command>(
    process: ProcessManager<Catalogue, Command>,
    handle: (command: Command, envelope: CommandEnvelope) => Promise<unknown>,
  ): Promise<void> {
    const done = this.#reactedTo.get(process.name) ?? 0;
    for (const [offset, stored] of this.log.all().slice(done).entries()) {
      const [event] = readEvents(process.catalogue, [stored]);
      const commands = event ? process.react(event, stored) : [];
      for (const [index, command] of commands.entries())
        await handle(command, reactionEnvelope(process.name, stored, index)).catch(unlessRejected);
      // Two at once both react, as after a kill; what both have done is done.
      const reached = this.#reactedTo.get(process.name) ?? 0;
      this.#reactedTo.set(process.name, Math.max(reached, done + offset + 1));
    }
  }

  /** The process of settlement, as far as it concerns ledgers. */
  async settle(handling = this.handling): Promise<void> {
    const handler = new FollowSlotHandler(handling, this.ports.policies);
    await this.react(bookingSettlementProcess, async (command, envelope) => {
      // What stands in for what is the slots' own affair.
      if (command.type !== 'MarkRehomed') await handler.execute(new FollowSlot(command, envelope));
    });
  }

  slot(key: SlotKey): Promise<SlotState> {
    return readStream(this.log, slotStream(key), slotEvents, slot);
  }

  ledgerOf(person = personId): Promise<LedgerState> {
    return readStream(this.log, ledgerStream(person), ledgerEvents, bookingLedger);
  }

  waitlist(key: ScheduleKey): Promise<WaitlistState> {
    return readStream(this.log, waitlistStream(key), waitlistEvents, waitlist);
  }

  /** Types of what happened, of streams that begin like that. */
  types(prefix: string): string[] {
    return this.log
      .all()
      .filter(({ stream }) => stream.startsWith(prefix))
      .map(({ type }) => type);
  }
}

export function requestFor(changes: Partial<BookingRequest> = {}): BookingRequest {
  return {
    institutionCode,
    scheduleId: 'P1',
    start: '08:00',
    personId,
    tier: 'public',
    accountId: 'account-1',
    cardId: null,
    channel: 'districtPortal',
    replaces: null,
    override: null,
    ...changes,
  };
}

const DESKS: ReadonlySet<string> = new Set(['window', 'phone']);

export function envelopeFor(key: number, request: BookingRequest): CommandEnvelope {
  return {
    commandId: idOf(key),
    bodyHmac: JSON.stringify(request),
    actor: { kind: DESKS.has(request.channel) ? 'staff' : 'resident', id: 'account-1' },
    correlationId: 'c',
    causationId: 'c',
  };
}

function reactionEnvelope(process: string, stored: StoredEvent, index: number): CommandEnvelope {
  const commandId = reactionCommandId(process, stored.id, index);
  const actor = { kind: 'system', id: `process:${process}` } as const;
  return { commandId, bodyHmac: commandId, actor, correlationId: 'c', causationId: stored.id };
}

function unlessRejected(error: unknown): void {
  if (!(error instanceof Rejection)) throw error;
}
