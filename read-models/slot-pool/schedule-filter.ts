import type { ScheduleKind } from '@qingpu/contracts/codes/slot-tables';
import type { ViewFilter } from '@qingpu/read-models-kernel/view-store';

/** What narrows schedules. Every part may be left out; dates are YYYY-MM-DD and both included. */
export interface ScheduleFilter {
  readonly institution?: string | undefined;
  readonly scheduleId?: string | undefined;
  /** Departments of the second level; whoever asks for one of the first level names those below it as well. */
  readonly departments?: readonly string[] | undefined;
  /** As registered or as substitute. */
  readonly doctor?: string | undefined;
  readonly clinic?: string | undefined;
  readonly kind?: ScheduleKind | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export function scheduleFilter(filter: ScheduleFilter): ViewFilter {
  const { institution, scheduleId, departments, doctor, clinic, kind, from, to } = filter;
  return {
    ...(institution !== undefined && { institutionCode: institution }),
    ...(scheduleId !== undefined && { scheduleId }),
    ...(departments !== undefined && { departmentCode: { $in: departments } }),
    ...(doctor !== undefined && { $or: [{ doctorCode: doctor }, { substituteCode: doctor }] }),
    ...(clinic !== undefined && { clinicCode: clinic }),
    ...(kind !== undefined && { kind }),
    ...((from !== undefined || to !== undefined) && { visitKey: visitSpan(from, to) }),
  };
}

/** The keys of all visits on these days: a key begins with its date and a space, `~` comes after both. */
function visitSpan(from: string | undefined, to: string | undefined): ViewFilter {
  return { ...(from !== undefined && { $gte: from }), ...(to !== undefined && { $lt: `${to}~` }) };
}
