import type { DirectoryEntry } from '@qingpu/contracts/http/institutions';
import { allEntries } from './all-entries.ts';
import type { DirectoryReader } from './directory.ts';

export type Department = DirectoryEntry<'department'>;

export interface DepartmentBranch {
  readonly department: Department;
  readonly children: readonly Department[];
}

/** Every department of an institution. */
export function allDepartments(
  directory: DirectoryReader,
  institution: string,
  signal: AbortSignal,
): Promise<Department[]> {
  return allEntries(directory, 'department', { institution }, signal);
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
