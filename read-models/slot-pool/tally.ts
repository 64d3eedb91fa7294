import { CLOSED_LOOP_TAGS, type ClosedLoopTag } from '@qingpu/contracts/codes/slot-tables';
import { shanghaiDateAt } from '@qingpu/contracts/slots/shanghai-calendar';
import { allOf } from '@qingpu/read-models-kernel/readings';
import type { ViewReader } from '@qingpu/read-models-kernel/view-reader';
import type { ViewFilter } from '@qingpu/read-models-kernel/view-store';
import { intervalsOf, slotsNow } from './slots-now.ts';
import type { ScheduleDocument } from './view.ts';

/** Slots by closed-loop tag. `total` is counted from the schedules, not from the tags. */
export interface Tally {
  readonly total: number;
  readonly tags: Readonly<Record<ClosedLoopTag, number>>;
}

/** Most schedules of one tally: 31 days of a district. */
const MAX_SCHEDULES_TALLIED = 100_000;
/** Tallies of past days kept in memory; about 200 bytes each. */
const MAX_REMEMBERED = 100_000;
/** Schedules whose slots are read at a time. */
const CHUNK = 200;

type Head = Pick<ScheduleDocument, '_id' | 'guard' | 'institutionCode' | 'date'>;
interface Remembered {
  readonly guard: bigint;
  readonly tally: Tally;
}

/**
 * Adds up slots by tag. What became of the slots of a past day follows from events alone, no longer from the time, so
 * that its tally is kept until the schedule changes: only schedules that changed since are read as a whole.
 */
export class TallyBook {
  readonly #reader: ViewReader;
  readonly #remembered = new Map<string, Remembered>();

  constructor(reader: ViewReader) {
    this.#reader = reader;
  }

  /** @throws SearchTooWide */
  async byInstitution(
    filter: ViewFilter,
    now: Date,
    stamp: (document: ScheduleDocument) => ScheduleDocument = (document) => document,
  ): Promise<ReadonlyMap<string, Tally>> {
    const heads = await allOf<Head & ScheduleDocument>(this.#reader, 'schedules', filter, {
      by: 'visitKey',
      fields: ['institutionCode', 'date'],
      most: MAX_SCHEDULES_TALLIED,
    });
    const sums = new Map<string, Tally>();
    const add = (institutionCode: string, tally: Tally) =>
      sums.set(institutionCode, sumOf(sums.get(institutionCode) ?? NOTHING, tally));
    const today = shanghaiDateAt(now);
    const changed: string[] = [];
    for (const { _id, guard, institutionCode, date } of heads) {
      const known = date < today ? this.#remembered.get(_id) : undefined;
      if (known?.guard === guard) add(institutionCode, known.tally);
      else changed.push(_id);
    }
    for (let start = 0; start < changed.length; start += CHUNK)
      for (const document of await this.#read(changed.slice(start, start + CHUNK))) {
        const tally = tallyOf(stamp(document), now);
        if (document.date < today) this.#remember(document, tally);
        add(document.institutionCode, tally);
      }
    return sums;
  }

  #read(ids: readonly string[]): Promise<ScheduleDocument[]> {
    return this.#reader.find<ScheduleDocument>('schedules', { filter: { _id: { $in: ids } }, limit: CHUNK });
  }

  #remember({ _id, guard }: ScheduleDocument, tally: Tally): void {
    this.#remembered.delete(_id);
    this.#remembered.set(_id, { guard, tally });
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > MAX_REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest);
  }
}

const TAGS = Object.keys(CLOSED_LOOP_TAGS) as ClosedLoopTag[];
const NOTHING: Tally = {
  total: 0,
  tags: Object.fromEntries(TAGS.map((tag) => [tag, 0])) as Record<ClosedLoopTag, number>,
};

/** The tally of one schedule. */
export function tallyOf(document: ScheduleDocument, now: Date): Tally {
  const tags = { ...NOTHING.tags };
  for (const { tag } of slotsNow(document, now)) tags[tag] += 1;
  const total = intervalsOf(document).reduce((sum, { slots }) => sum + slots.length, 0);
  return { total, tags };
}

export function sumOf(one: Tally, other: Tally): Tally {
  const tags = { ...one.tags };
  for (const tag of TAGS) tags[tag] += other.tags[tag];
  return { total: one.total + other.total, tags };
}
