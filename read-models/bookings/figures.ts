import type { ChannelKind } from '@qingpu/contracts/codes/directory-tables';
import type { Outcome } from '@qingpu/contracts/codes/slot-tables';
import type { ViewCount } from '@qingpu/read-models-kernel/view-store';

export interface Share<Key extends string = string> {
  readonly key: Key;
  readonly count: number;
}

/** Figures of bookings by day of visit (A5.11–A5.15). An expired hold is no booking. */
export interface DayFigures {
  readonly bookings: { readonly total: number; readonly byChannel: readonly Share<ChannelKind>[] };
  /** Bookings that became registrations, also those that were called off afterwards. */
  readonly registrations: { readonly total: number; readonly byChannel: readonly Share<ChannelKind>[] };
  readonly byDepartment: readonly {
    readonly departmentCode: string;
    readonly bookings: number;
    readonly registrations: number;
    readonly cancellations: number;
  }[];
}

/** What became of the bookings of one institution. `live` are those that are not over. */
export interface OutcomeCounts {
  readonly total: number;
  readonly live: number;
  readonly checkedIn: number;
  readonly registered: number;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
}

const CANCELLED: ReadonlySet<unknown> = new Set<Outcome>([
  'cancelledByPatient',
  'lateCancelled',
  'cancelledByHospital',
]);

/** @param counts by channel, department, whether registered, outcome */
export function dayFigures(counts: readonly ViewCount[]): DayFigures {
  const registered = counts.filter(({ values }) => values[2] === true);
  const cancelled = counts.filter(({ values }) => CANCELLED.has(values[3]));
  const within = (groups: readonly ViewCount[], department: string) =>
    sum(groups.filter(({ values }) => values[1] === department));
  const departments = [...new Set(counts.map(({ values }) => String(values[1])))].sort();
  return {
    bookings: { total: sum(counts), byChannel: byChannel(counts) },
    registrations: { total: sum(registered), byChannel: byChannel(registered) },
    byDepartment: departments.map((departmentCode) => ({
      departmentCode,
      bookings: within(counts, departmentCode),
      registrations: within(registered, departmentCode),
      cancellations: within(cancelled, departmentCode),
    })),
  };
}

function byChannel(counts: readonly ViewCount[]): Share<ChannelKind>[] {
  const groups = Map.groupBy(counts, ({ values }) => values[0] as ChannelKind);
  return [...groups]
    .map(([key, ofChannel]) => ({ key, count: sum(ofChannel) }))
    .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
}

/** @param counts by institution, whether checked in, whether registered, outcome */
export function outcomesByInstitution(counts: readonly ViewCount[]): ReadonlyMap<string, OutcomeCounts> {
  const byInstitution = Map.groupBy(counts, ({ values }) => String(values[0]));
  return new Map([...byInstitution].map(([institution, groups]) => [institution, outcomeCounts(groups)]));
}

function outcomeCounts(groups: readonly ViewCount[]): OutcomeCounts {
  const ended = Map.groupBy(
    groups.filter(({ values }) => values[3] !== null),
    ({ values }) => values[3] as Outcome,
  );
  return {
    total: sum(groups),
    live: sum(groups.filter(({ values }) => values[3] === null)),
    checkedIn: sum(groups.filter(({ values }) => values[1] === true)),
    registered: sum(groups.filter(({ values }) => values[2] === true)),
    outcomes: Object.fromEntries([...ended].map(([outcome, ofOutcome]) => [outcome, sum(ofOutcome)])),
  };
}

function sum(groups: readonly ViewCount[]): number {
  return groups.reduce((total, { count }) => total + count, 0);
}
