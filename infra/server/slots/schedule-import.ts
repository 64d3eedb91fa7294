import { type ScheduleDetails, scheduleDetailsSchema, scheduleEvents } from '@qingpu/contracts/events/slots';
import type { ImportResult } from '@qingpu/contracts/http/slots';
import type { EventLog } from '@qingpu/domains-kernel/event-log';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import type { BookingPolicies, ScheduleReferences } from '@qingpu/domains-slots/ports';
import { schedule } from '@qingpu/domains-slots/schedule';
import { cutSession, sessionIntervals } from '@qingpu/domains-slots/session-slots';
import { type ScheduleKey, scheduleStream } from '@qingpu/domains-slots/streams';
import { inTurns } from '../http/batches.ts';
import type { ScheduleRow, SheetLine } from './schedule-sheet.ts';

type ImportItem = ImportResult['items'][number];

/** A row as it would be registered, and what would become of it. */
export interface PreviewedLine {
  readonly item: ImportItem;
  readonly details: ScheduleDetails | undefined;
}

export interface PreviewSources {
  readonly log: EventLog;
  readonly references: ScheduleReferences;
  readonly policies: BookingPolicies;
  readonly now: Date;
}

/**
 * Works out slots for every row and asks the decider what it would say, without writing anything.
 * The answers stand in the order of the rows. @throws EventLogUnavailable
 */
export function previewImport(
  sources: PreviewSources,
  institutionCode: string,
  lines: readonly SheetLine[],
): Promise<PreviewedLine[]> {
  return inTurns(lines, (line) => preview(sources, institutionCode, line));
}

async function preview(
  sources: PreviewSources,
  institutionCode: string,
  { row, scheduleId, content, problems }: SheetLine,
): Promise<PreviewedLine> {
  const named = { row, scheduleId };
  if (!content) return refused(named, problems);
  const { kind, date } = content;
  const policy = await sources.policies.for({ institutionCode, kind, date });
  const made = scheduleDetailsSchema.safeParse({
    ...detailsOf(content),
    intervals: sessionIntervals({ ...content, firstSlot: 1 }, policy.quotaPercent),
  });
  if (!made.success)
    return refused(
      named,
      made.error.issues.map(({ message }) => message),
    );
  const key = { institutionCode, scheduleId };
  try {
    const outcome = await outcomeOf(sources, key, made.data, policy);
    return { item: { ...named, outcome, problems: remarksOf(content) }, details: made.data };
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    return refused(named, [error.advice]);
  }
}

async function outcomeOf(
  { log, references, now }: PreviewSources,
  key: ScheduleKey,
  details: ScheduleDetails,
  policy: Awaited<ReturnType<BookingPolicies['for']>>,
): Promise<ImportItem['outcome']> {
  const [known, facts] = await Promise.all([
    readStream(log, scheduleStream(key), scheduleEvents, schedule),
    references.factsOf(key.institutionCode, details),
  ]);
  const events = schedule.decide(
    known,
    { type: 'RegisterSchedule', ...key, details, facts, policy },
    { now },
  );
  if (events.length === 0) return 'unchanged';
  return known.status === 'absent' ? 'new' : 'changed';
}

function refused(named: Pick<ImportItem, 'row' | 'scheduleId'>, problems: readonly string[]): PreviewedLine {
  return { item: { ...named, outcome: 'refused', problems: [...problems] }, details: undefined };
}

function detailsOf(row: ScheduleRow): Omit<ScheduleDetails, 'intervals'> {
  const { departmentCode, clinicCode, doctorCode, kind, date, session, feeFen, location } = row;
  return { departmentCode, clinicCode, doctorCode, kind, date, session, feeFen, location };
}

/** What is worth knowing although it stands in the way of nothing. */
function remarksOf({ start, end, intervalMinutes }: ScheduleRow): string[] {
  const { remainderMinutes } = cutSession(start, end, intervalMinutes);
  return remainderMinutes === 0 ? [] : [`最后${remainderMinutes}分钟不足一个时段，未生成号源`];
}

/** The answer to an import or its preview. */
export function importResult(items: readonly ImportItem[], written: boolean): ImportResult {
  const refusedItems = items.filter(({ outcome }) => outcome === 'refused').length;
  const accepted = items.length - refusedItems;
  return { rows: items.length, accepted, refused: refusedItems, written, items: [...items] };
}
