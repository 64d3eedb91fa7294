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
  /** Departments' codes are an institution's own. */
  readonly byDepartment: readonly {
    readonly institutionCode: string;
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

/** @param counts by channel, department, whether registered, outcome, institution */
export function dayFigures(counts: readonly ViewCount[]): DayFigures {
  const registered = counts.filter(({ values }) => values[2] === true);
  const cancelled = counts.filter(({ values }) => CANCELLED.has(values[3]));
  const within = (groups: readonly ViewCount[], { institutionCode, departmentCode }: DepartmentKey) =>
    sum(groups.filter(({ values }) => values[1] === departmentCode && values[4] === institutionCode));
  return {
    bookings: { total: sum(counts), byChannel: byChannel(counts) },
    registrations: { total: sum(registered), byChannel: byChannel(registered) },
    byDepartment: departmentsIn(counts).map((key) => ({
      ...key,
      bookings: within(counts, key),
      registrations: within(registered, key),
      cancellations: within(cancelled, key),
    })),
  };
}

type DepartmentKey = Pick<DayFigures['byDepartment'][number], 'institutionCode' | 'departmentCode'>;

function departmentsIn(counts: readonly ViewCount[]): readonly DepartmentKey[] {
  const keys = counts.map(({ values }) => ({
    institutionCode: String(values[4]),
    departmentCode: String(values[1]),
  }));
  const textOf = ({ institutionCode, departmentCode }: DepartmentKey) =>
    `${institutionCode} ${departmentCode}`;
  const distinct = new Map(keys.map((key) => [textOf(key), key]));
  return [...distinct].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, key]) => key);
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
