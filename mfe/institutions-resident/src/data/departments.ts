import type { DirectoryEntry } from '@qingpu/contracts/http/institutions';
import { MAX_PAGE_SIZE } from '@qingpu/contracts/http/paging';
import type { DirectoryReader } from '@qingpu/mfe-kit/directory';

export type Department = DirectoryEntry<'department'>;

export interface DepartmentBranch {
  readonly department: Department;
  readonly children: readonly Department[];
}

/** Every department of an institution, page after page. */
export async function allDepartments(
  directory: DirectoryReader,
  institution: string,
  signal: AbortSignal,
): Promise<Department[]> {
  const found: Department[] = [];
  for (let page = 1; ; page++) {
    const answer = await directory.list('department', { institution, page, size: MAX_PAGE_SIZE }, signal);
    found.push(...answer.items);
    if (answer.items.length === 0 || found.length >= answer.total) return found;
  }
}

/**
 * First-level departments with their second-level ones beneath. A second-level department whose parent is not listed
 * (closed, say) stands by itself, so that nobody loses sight of it.
 */
export function departmentTree(departments: readonly Department[]): DepartmentBranch[] {
  const codes = new Set(departments.map((department) => department.code));
  const parentOf = (department: Department) => department.details.parentCode;
  const isRoot = (department: Department) => {
    const parent = parentOf(department);
    return parent === null || !codes.has(parent);
  };
  return departments.filter(isRoot).map((department) => ({
    department,
    children: departments.filter((child) => parentOf(child) === department.code),
  }));
}
