import type { ClosedLoopTag, Tier } from '@qingpu/contracts/codes/slot-tables';
import type { Page } from '@qingpu/contracts/http/paging';
import { shanghaiDateAt } from '@qingpu/contracts/slots/shanghai-calendar';
import { type PageRequest, type PageWindow, pageShape, windowOf } from '@qingpu/read-models-kernel/paging';
import { allAmong, allOf, inChunks } from '@qingpu/read-models-kernel/readings';
import type { Freshness, LogSpan, ViewReader } from '@qingpu/read-models-kernel/view-reader';
import { SearchTooWide, type ViewFilter } from '@qingpu/read-models-kernel/view-store';
import {
  type Bookability,
  type DayAvailability,
  dayAvailability,
  type IntervalAvailability,
  intervalAvailability,
} from './availability.ts';
import { type ScheduleFilter, scheduleFilter } from './schedule-filter.ts';
import { intervalsOf, type MaybeWithheld, slotsNow } from './slots-now.ts';
import {
  type DeskDetail,
  type DeskScheduleLine,
  deskDetail,
  deskLine,
  type ScheduleLine,
  type ScheduleSummary,
  type SlotLine,
  scheduleLine,
  slotLine,
  summaryOf,
} from './summaries.ts';
import { type Tally, TallyBook } from './tally.ts';
import type { AdditionDocument, ReleaseStepDocument, ScheduleDocument } from './view.ts';

/** Most schedules that one question reads one by one; whoever needs more narrows the search. */
const MAX_SCHEDULES_READ = 5_000;
/** Most steps that are handed out at once. */
const MAX_DUE_STEPS = 1_000;

export interface ScheduleKey {
  readonly institutionCode: string;
  readonly scheduleId: string;
}

/** Whether a schedule's slots are withheld, as its hospital's interface stands now. */
export type IsWithheld = (schedule: Pick<ScheduleDocument, 'institutionCode' | 'kind'>) => boolean;

export interface SlotFilter extends ScheduleFilter {
  readonly slotId?: string | undefined;
  readonly tag?: ClosedLoopTag | undefined;
}

export interface IntervalsAnswer extends Freshness {
  readonly schedule: ScheduleLine;
  readonly items: readonly IntervalAvailability[];
  readonly policyVersion: string;
}

/**
 * Answers about schedules and their slots in the shapes of `contracts/http/slots`, without the names of institutions,
 * departments, clinics and doctors. `tiers` are the quotas from which the viewer may book. Every answer is worked out
 * for the instant `now`; nothing waits for an event that says that the time has come.
 */
export class SlotPool {
  readonly #reader: ViewReader;
  readonly #tallies: TallyBook;
  readonly #withheld: () => Promise<IsWithheld>;

  /** @param withheld asked once a question; nothing is withheld without it */
  constructor(reader: ViewReader, withheld: () => Promise<IsWithheld> = async () => () => false) {
    this.#reader = reader;
    this.#tallies = new TallyBook(reader);
    this.#withheld = withheld;
  }

  /** Whether the view has what stands in the log up to this position; waits a little for it. @throws PositionBeyondHead */
  async covers(position: bigint): Promise<boolean> {
    return !(await this.#reader.freshness(position)).stale;
  }

  /** The date strip: a line for each day from today on. @throws PositionBeyondHead, SearchTooWide */
  async days(
    filter: ScheduleFilter & { readonly institution: string },
    tiers: readonly Tier[],
    now: Date,
    after?: string,
  ): Promise<Freshness & { readonly items: readonly DayAvailability[] }> {
    const fresh = await this.#fresh(after);
    const wanted = scheduleFilter({ ...filter, from: shanghaiDateAt(now) });
    const [stamp, documents] = await Promise.all([this.#stamp(), this.#readAll(wanted)]);
    return { ...fresh, items: dayAvailability(documents.map(stamp), tiers, now) };
  }

  /** The schedules of a day or of several, earliest first. @throws PositionBeyondHead */
  async schedules(
    filter: ScheduleFilter,
    request: PageRequest,
    tiers: readonly Tier[],
    now: Date,
  ): Promise<Page<ScheduleLine>> {
    return this.#page(filter, request, (document) => scheduleLine(document, tiers, now));
  }

  /**
   * What of one schedule can be booked; undefined when there is no such schedule. `left`: what a hospital in shared mode
   * still has itself, where it could say. @throws PositionBeyondHead
   */
  async intervals(
    key: ScheduleKey,
    tiers: readonly Tier[],
    now: Date,
    {
      after,
      left,
    }: { readonly after?: string | undefined; readonly left?: ReadonlySet<string> | undefined } = {},
  ): Promise<IntervalsAnswer | undefined> {
    const fresh = await this.#fresh(after);
    const document = await this.#stamped(key);
    return (
      document && {
        ...fresh,
        schedule: scheduleLine(document, tiers, now, left),
        items: intervalAvailability(document, tiers, now, left),
        policyVersion: document.plan.policyVersion,
      }
    );
  }

  /**
   * Schedules as the desk sees them, earliest first. With `state`, which is worked out and not stored, schedules are
   * read one by one. @throws PositionBeyondHead, SearchTooWide
   */
  async deskSchedules(
    filter: ScheduleFilter & { readonly state?: Bookability | undefined },
    request: PageRequest,
    now: Date,
  ): Promise<Page<DeskScheduleLine>> {
    const { state } = filter;
    if (state === undefined) return this.#page(filter, request, (document) => deskLine(document, now));
    const window = windowOf(request);
    const fresh = await this.#fresh(request.after);
    const rows = new RowsInWindow<DeskScheduleLine>(window);
    const stamp = await this.#stamp();
    for await (const documents of this.#chunks(scheduleFilter(filter)))
      for (const document of documents) {
        const line = deskLine(stamp(document), now);
        if (line.bookability === state) rows.add(line);
      }
    return pageShape(window, fresh, rows.items, rows.total);
  }

  /** One schedule slot by slot and what was done to it. @throws PositionBeyondHead */
  async deskSchedule(
    key: ScheduleKey,
    now: Date,
    after?: string,
  ): Promise<(DeskDetail & Freshness) | undefined> {
    const fresh = await this.#fresh(after);
    const document = await this.#stamped(key);
    return document && { ...deskDetail(document, now), ...fresh };
  }

  /** Slots by any of their keys, by visit date or by tag (F2.02, F3.12), newest visit first. @throws PositionBeyondHead, SearchTooWide */
  async trace(filter: SlotFilter, request: PageRequest, now: Date): Promise<Page<SlotLine>> {
    const window = windowOf(request);
    const fresh = await this.#fresh(request.after);
    const { slotId, tag } = filter;
    const rows = new RowsInWindow<SlotLine>(window);
    const stamp = await this.#stamp();
    for await (const documents of this.#chunks(await this.#slotFilter(filter), -1))
      for (const document of documents.map(stamp))
        for (const slot of slotsNow(document, now)) {
          const wanted = (slotId ?? slot.slotId) === slot.slotId && (tag ?? slot.tag) === slot.tag;
          if (wanted) rows.add(slotLine(document, slot));
        }
    return pageShape(window, fresh, rows.items, rows.total);
  }

  /** One slot as it stands; undefined when there is none. */
  async slot(key: ScheduleKey & { readonly slotId: string }, now: Date): Promise<SlotLine | undefined> {
    const document = await this.#stamped(key);
    const slot = document && slotsNow(document, now).find(({ slotId }) => slotId === key.slotId);
    return slot && slotLine(document, slot);
  }

  /** How many slots have which tag, by institution, over days of visits (F3.11). @throws PositionBeyondHead, SearchTooWide */
  async tally(
    filter: ScheduleFilter,
    now: Date,
    after?: string,
  ): Promise<Freshness & { readonly byInstitution: ReadonlyMap<string, Tally> }> {
    const fresh = await this.#fresh(after);
    const wanted = scheduleFilter(filter);
    return {
      ...fresh,
      byInstitution: await this.#tallies.byInstitution(wanted, now, await this.#stamp()),
    };
  }

  /** Openings and returns whose time has come and that no event records yet; the longest overdue first. */
  dueReleaseSteps(now: Date, limit: number): Promise<ReleaseStepDocument[]> {
    return this.#reader.find<ReleaseStepDocument>('release_steps', {
      filter: { settled: false, dueAt: { $lte: now.getTime() } },
      sort: { dueAt: 1 },
      limit: Math.min(limit, MAX_DUE_STEPS),
    });
  }

  /** Up to where in the log the view has everything. */
  reached(): Promise<bigint> {
    return this.#reader.reached();
  }

  /** Schedules of visits from today on that changed in this span of the log, in its order. */
  async changed(
    span: LogSpan,
    limit: number,
    tiers: readonly Tier[],
    now: Date,
  ): Promise<{ readonly position: bigint; readonly value: ScheduleLine; readonly publicSlots: number }[]> {
    const filter = scheduleFilter({ from: shanghaiDateAt(now) });
    const found = await this.#reader.changed<ScheduleDocument>('schedules', filter, span, limit);
    const stamp = await this.#stamp();
    return found.map((document) => ({
      position: document.guard,
      value: scheduleLine(stamp(document), tiers, now),
      publicSlots: publicSlotsOf(document),
    }));
  }

  /** How many slots of each schedule are the public's, by `scheduleDocumentId`. */
  async publicSlots(keys: readonly ScheduleKey[]): Promise<ReadonlyMap<string, number>> {
    const ids = keys.map(scheduleDocumentId);
    const fields = ['intervals', 'detailsRevision', 'added'];
    const found = await allAmong<ScheduleDocument>(this.#reader, 'schedules', '_id', ids, {}, { fields });
    return new Map(found.map((document) => [document._id, publicSlotsOf(document)]));
  }

  /** One schedule's document with all that is known of its slots, for whoever picks slots. */
  document(key: ScheduleKey): Promise<ScheduleDocument | undefined> {
    return this.#reader.findOne<ScheduleDocument>('schedules', scheduleDocumentId(key));
  }

  /** What to show of the schedules that bookings name, by `scheduleDocumentId`: place, and the doctor who really comes. */
  async summaries(keys: readonly ScheduleKey[]): Promise<ReadonlyMap<string, ScheduleSummary>> {
    const fields = SUMMARY_FIELDS;
    const ids = keys.map(scheduleDocumentId);
    const found = await allAmong<ScheduleDocument>(this.#reader, 'schedules', '_id', ids, {}, { fields });
    return new Map(found.map((document) => [document._id, summaryOf(document)]));
  }

  async #page<Line>(
    filter: ScheduleFilter,
    request: PageRequest,
    line: (document: ScheduleDocument) => Line,
  ): Promise<Page<Line>> {
    const window = windowOf(request);
    const fresh = await this.#fresh(request.after);
    const wanted = scheduleFilter(filter);
    const query = { filter: wanted, sort: { visitKey: 1 } } as const;
    const { found, total } = await this.#reader.page<ScheduleDocument>('schedules', query, window);
    return pageShape(window, fresh, found.map(await this.#stamp()).map(line), total);
  }

  async #slotFilter(filter: SlotFilter): Promise<ViewFilter> {
    const { slotId } = filter;
    const wanted = scheduleFilter(filter);
    if (slotId === undefined) return wanted;
    const added = await allOf<AdditionDocument>(
      this.#reader,
      'additions',
      { slotIds: slotId },
      { fields: ['schedule'], most: MAX_SCHEDULES_READ },
    );
    if (added.length === 0) return { ...wanted, slotIds: slotId };
    const later = { _id: { $in: [...new Set(added.map(({ schedule }) => schedule))] } };
    return { $and: [wanted, { $or: [{ slotIds: slotId }, later] }] };
  }

  /** Matching schedules in the order of their visits. @throws SearchTooWide before anything is read */
  async *#chunks(filter: ViewFilter, direction: 1 | -1 = 1): AsyncGenerator<ScheduleDocument[]> {
    if ((await this.#reader.count('schedules', filter)) > MAX_SCHEDULES_READ)
      throw new SearchTooWide(MAX_SCHEDULES_READ);
    yield* inChunks<ScheduleDocument>(this.#reader, 'schedules', filter, { by: 'visitKey', direction });
  }

  async #readAll(filter: ViewFilter): Promise<ScheduleDocument[]> {
    return allOf<ScheduleDocument>(this.#reader, 'schedules', filter, {
      by: 'visitKey',
      most: MAX_SCHEDULES_READ,
      fields: AVAILABILITY_FIELDS,
    });
  }

  /** Marks what is withheld now. */
  async #stamp(): Promise<
    <Document extends ScheduleDocument>(document: Document) => Document & MaybeWithheld
  > {
    const isWithheld = await this.#withheld();
    return (document) => (isWithheld(document) ? { ...document, withheld: true } : document);
  }

  async #stamped(key: ScheduleKey): Promise<(ScheduleDocument & MaybeWithheld) | undefined> {
    const [stamp, document] = await Promise.all([this.#stamp(), this.document(key)]);
    return document && stamp(document);
  }

  #fresh(after: string | undefined): Promise<Freshness> {
    return this.#reader.freshness(after === undefined ? undefined : BigInt(after));
  }
}

function publicSlotsOf(document: Parameters<typeof intervalsOf>[0]): number {
  return intervalsOf(document)
    .flatMap(({ slots }) => slots)
    .filter(({ tier }) => tier === 'public').length;
}

/** What a schedule's document is called: the name of its stream. */
export function scheduleDocumentId({ institutionCode, scheduleId }: ScheduleKey): string {
  return `schedule-${institutionCode}.${scheduleId}`;
}

const AVAILABILITY_FIELDS = [
  'institutionCode',
  'kind',
  'date',
  'plan',
  'intervals',
  'detailsRevision',
  'added',
  'slots',
  'closed',
];
const SUMMARY_FIELDS = [
  'institutionCode',
  'scheduleId',
  'departmentCode',
  'clinicCode',
  'doctorCode',
  'doctorTitle',
  'substitution',
  'kind',
  'date',
  'session',
  'feeFen',
  'location',
];

/** Counts all rows and keeps those of one page. */
class RowsInWindow<Row> {
  readonly items: Row[] = [];
  total = 0;
  readonly #window: PageWindow;

  constructor(window: PageWindow) {
    this.#window = window;
  }

  add(row: Row): void {
    const { skip, size } = this.#window;
    if (this.total >= skip && this.total < skip + size) this.items.push(row);
    this.total += 1;
  }
}
