import { departmentDetailsSchema } from '@qingpu/contracts/events/institutions';
import { describe, expect, it } from 'vitest';
import { faultsOf } from './schema.ts';

describe('faults of a form', () => {
  it('stand at the JSON pointer of their field, in the words of the contract', () => {
    const faults = faultsOf(departmentDetailsSchema, {
      name: '内科',
      level: 2,
      parentCode: null,
      subjectCode: '03',
    });
    expect(faults).toEqual({ '/parentCode': '二级科室须填写上级科室编码，一级科室不填' });
  });

  it('are none for a good value', () => {
    expect(faultsOf(departmentDetailsSchema, { name: '内科', level: 1, subjectCode: '03' })).toEqual({});
  });
});
