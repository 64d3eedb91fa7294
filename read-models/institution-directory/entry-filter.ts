import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import type { DirectoryQuery } from '@qingpu/contracts/http/institutions';
import type { ViewFilter } from '@qingpu/read-models-kernel/view-store';
import { searchFilter } from './search-keys.ts';

/**
 * Who asks. Visitors see active entries of active institutions. Staff see entries of every status;
 * staff of one institution (`scope`) see its entries so and all others as visitors do.
 */
export interface Viewer {
  readonly staff: boolean;
  /** Whether the masked personal data of doctors is shown as well. */
  readonly persons?: boolean | undefined;
  /** Code of the one institution to which the two above are limited. */
  readonly scope?: string | undefined;
}

export const VISITOR: Viewer = { staff: false };

/** Whether the viewer sees the entries of this institution whatever their status. */
export function seesEveryStatus({ staff, scope }: Viewer, institutionCode: string): boolean {
  return staff && (scope === undefined || scope === institutionCode);
}

/** Whether the viewer sees the masked persons of this institution. */
export function seesPersons(viewer: Viewer, institutionCode: string): boolean {
  return viewer.persons === true && seesEveryStatus(viewer, institutionCode);
}

/** Which entries the viewer may see at all. `active` lists the codes of active institutions. */
export function visibleTo(viewer: Viewer, query: DirectoryQuery, active: readonly string[]): ViewFilter {
  const { institution } = query;
  const published = active.filter((code) => institution === undefined || code === institution);
  if (!viewer.staff) return publicFilter(published);
  const own = { ...statusFilter(query.status), ...institutionFilter(institution ?? viewer.scope) };
  if (viewer.scope === undefined || institution === viewer.scope) return own;
  if (institution !== undefined) return publicFilter(published);
  const others = published.filter((code) => code !== viewer.scope);
  const wantsActive = [undefined, 'active', 'all'].includes(query.status);
  return wantsActive ? { $or: [own, publicFilter(others)] } : own;
}

export function publicFilter(institutionCodes: readonly string[]): ViewFilter {
  return { status: 'active', institutionCode: { $in: institutionCodes } };
}

/** Without a wish only active entries are listed; every status is named, so that indexes serve `all` too. */
function statusFilter(status: DirectoryQuery['status']): ViewFilter {
  return { status: status === 'all' ? { $in: ['active', 'inactive', 'erased'] } : (status ?? 'active') };
}

function institutionFilter(institution: string | undefined): ViewFilter {
  return institution === undefined ? {} : { institutionCode: institution };
}

/** What of a query narrows the entries themselves; undefined when nothing can match. */
export function entryFilter(
  kind: DirectoryKind,
  query: DirectoryQuery,
  departments: readonly string[],
): ViewFilter | undefined {
  const search = query.q ? searchFilter(query.q) : {};
  if (!search) return undefined;
  return {
    kind,
    ...search,
    ...(departments.length > 0 && { departmentCodes: { $in: departments } }),
    ...(query.doctor !== undefined && { 'details.doctorCode': query.doctor }),
    ...(query.title !== undefined && { title: query.title }),
    ...(query.expert !== undefined && { expert: query.expert === 'true' }),
    // `A` names all hospitals, `A100` the general ones; the schema lets only letter and digits through.
    ...(query.category !== undefined && { category: { $regex: `^${query.category}` } }),
  };
}
