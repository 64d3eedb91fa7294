import type { ExpectedRevision } from '@qingpu/domains-kernel/event-log';
import type { SlotCandidate, SlotChooser, SlotWish } from '@qingpu/domains-slots/ports';
import { type ScheduleKey, type SlotKey, scheduleStream } from '@qingpu/domains-slots/streams';
import type { SlotPool } from '@qingpu/read-models-slot-pool/queries';
import { slotsNow } from '@qingpu/read-models-slot-pool/slots-now';

interface Hint {
  readonly free: boolean;
  /** Of the slot's stream; -1 while nobody has touched it. */
  readonly revision: number;
  /** A caller has been told to try it and has not said yet what it came to. */
  readonly handedOut: boolean;
}

interface Schedule {
  readonly hints: Map<string, Hint>;
  /** Bookings that stand or stood on its slots. */
  readonly bookings: Set<string>;
  /** When the view was asked last, in milliseconds since 1970. */
  readonly askedAt: number;
}

/** Schedules that are remembered; the longest unused goes first. About 10 KB each. */
const MOST_SCHEDULES = 2_000;
/** What is older is asked for anew. */
const FRESH_MS = 10_000;
/** A schedule without a free slot is asked for anew after this: one may have come back. */
const FRESH_WHEN_FULL_MS = 1_000;

/**
 * Which slots are believed free, from the view and from what this process learnt since; a slot's higher revision is
 * the newer word. Callers at the same time are handed different slots.
 */
export class SlotHints implements SlotChooser {
  readonly #pool: Pick<SlotPool, 'document'>;
  readonly #now: () => Date;
  readonly #schedules = new Map<string, Schedule>();
  readonly #asking = new Map<string, Promise<void>>();
  /** Since when the view has all that other processes, or this one before it was killed, had brought about. */
  #coveredAt: number | undefined;

  constructor(pool: Pick<SlotPool, 'document'>, now: () => Date) {
    this.#pool = pool;
    this.#now = now;
  }

  /** Sees to it that the schedule is known, and not from too long ago. */
  async prepare(key: ScheduleKey): Promise<void> {
    const id = scheduleStream(key);
    const known = this.#schedules.get(id);
    if (known) this.#used(id, known);
    const freshMs = known && this.#hasFree(known) ? FRESH_MS : FRESH_WHEN_FULL_MS;
    const age = known ? this.#now().getTime() - known.askedAt : Number.POSITIVE_INFINITY;
    if (age < freshMs && !this.#askedTooEarly(known)) return;
    const asking = this.#asking.get(id) ?? this.#ask(id, key).finally(() => this.#asking.delete(id));
    this.#asking.set(id, asking);
    await asking;
  }

  /** How many of these slots are believed free, those being tried included. */
  countFree(key: ScheduleKey, slotIds: readonly string[]): number {
    const hints = this.#schedules.get(scheduleStream(key))?.hints;
    return slotIds.filter((slotId) => hints?.get(slotId)?.free ?? true).length;
  }

  /** From now on the view has everything that stood in the log when this process began. */
  cover(): void {
    this.#coveredAt = this.#now().getTime();
  }

  /**
   * Whether a booking may stand, or may have stood, on a slot of the schedule. Until the view has caught up with what
   * was there before this process, any may.
   */
  mayKnow(key: ScheduleKey, bookingId: string): boolean {
    const known = this.#schedules.get(scheduleStream(key));
    return this.#coveredAt === undefined || this.#askedTooEarly(known) || known.bookings.has(bookingId);
  }

  note(key: ScheduleKey, bookingId: string): void {
    this.#scheduleOf(key).bookings.add(bookingId);
  }

  choose({ schedule, slots }: SlotWish): readonly SlotCandidate[] {
    const hints = this.#hintsOf(schedule);
    const free = slots.flatMap(({ slotId }) => {
      const hint = hints.get(slotId) ?? UNTOUCHED;
      return hint.free && !hint.handedOut ? [{ slotId, hint }] : [];
    });
    const [first] = free;
    if (first) hints.set(first.slotId, { ...first.hint, handedOut: true });
    return free.map(({ slotId, hint }) => ({ slotId, revision: expectedOf(hint) }));
  }

  learn(slot: SlotKey, seen: { readonly free: boolean; readonly revision: ExpectedRevision }): void {
    const revision = seen.revision === 'no_stream' ? -1 : seen.revision;
    const hints = this.#hintsOf(slot);
    const known = hints.get(slot.slotId);
    if (known && known.revision > revision) hints.set(slot.slotId, { ...known, handedOut: false });
    else hints.set(slot.slotId, { free: seen.free, revision, handedOut: false });
  }

  async #ask(id: string, key: ScheduleKey): Promise<void> {
    const now = this.#now();
    const document = await this.#pool.document(key);
    if (!document) return;
    const before = this.#schedules.get(id)?.hints;
    const hints = new Map<string, Hint>();
    const bookings = new Set(this.#schedules.get(id)?.bookings);
    for (const { bookingId, outcomes = {} } of Object.values(document.slots ?? {}))
      for (const each of [bookingId ?? [], Object.keys(outcomes)].flat()) bookings.add(each);
    for (const { slotId, state, revision } of slotsNow(document, now)) {
      const known = before?.get(slotId);
      const told = { free: state === 'free', revision: revision ?? -1, handedOut: known?.handedOut ?? false };
      hints.set(slotId, known && known.revision > told.revision ? known : told);
    }
    this.#used(id, { hints, bookings, askedAt: now.getTime() });
  }

  #askedTooEarly(known: Schedule | undefined): known is undefined {
    return known === undefined || known.askedAt < (this.#coveredAt ?? 0);
  }

  #hasFree({ hints }: Schedule): boolean {
    for (const { free, handedOut } of hints.values()) if (free && !handedOut) return true;
    return false;
  }

  #hintsOf(key: ScheduleKey): Map<string, Hint> {
    return this.#scheduleOf(key).hints;
  }

  #scheduleOf(key: ScheduleKey): Schedule {
    const id = scheduleStream(key);
    const known = this.#schedules.get(id);
    if (known) return known;
    const made = { hints: new Map<string, Hint>(), bookings: new Set<string>(), askedAt: 0 };
    this.#used(id, made);
    return made;
  }

  #used(id: string, schedule: Schedule): void {
    this.#schedules.delete(id);
    this.#schedules.set(id, schedule);
    const [oldest] = this.#schedules.keys();
    if (this.#schedules.size > MOST_SCHEDULES && oldest !== undefined) this.#schedules.delete(oldest);
  }
}

const UNTOUCHED: Hint = { free: true, revision: -1, handedOut: false };

function expectedOf({ revision }: Hint): ExpectedRevision {
  return revision === -1 ? 'no_stream' : revision;
}
