import { type Department, departmentTree } from '@qingpu/mfe-kit/departments';
import { describe, expect, it } from 'vitest';
import { searchTarget } from './search-target.ts';

const department = (code: string, parentCode: string | null) =>
  ({ code, details: { parentCode } }) as Department;

describe('tree of departments', () => {
  it('puts second-level departments beneath their parents', () => {
    const tree = departmentTree([department('1', null), department('1a', '1'), department('2', null)]);
    expect(
      tree.map((branch) => [branch.department.code, branch.children.map((child) => child.code)]),
    ).toEqual([
      ['1', ['1a']],
      ['2', []],
    ]);
  });

  it('loses no department whose parent is not listed', () => {
    expect(departmentTree([department('x', 'closed')]).map((branch) => branch.department.code)).toEqual([
      'x',
    ]);
  });
});

describe('search results', () => {
  it.each([
    ['institution', null, '/portal/institutions/I'],
    ['department', null, '/portal/institutions/I/departments/C'],
    ['doctor', null, '/portal/institutions/I/doctors/C'],
    ['clinic', 'D', '/portal/institutions/I/departments/D'],
    ['internetClinic', 'D', '/portal/institutions/I/departments/D'],
  ] as const)('of kind %s in department %s lead to %s', (kind, departmentCode, path) => {
    expect(searchTarget({ kind, institutionCode: 'I', code: 'C', departmentCode })).toBe(path);
  });
});
