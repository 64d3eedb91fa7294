import { samplePerson } from '@qingpu/contracts/testing/sample-directory';
import { describe, expect, it } from 'vitest';
import { keyFaults, recheck } from './check.ts';
import { FIELDS, type Field, PERSON_FIELDS, pointerOf } from './fields.ts';

const named = (fields: readonly Field[], pointer: string) => {
  const field = fields.find((one) => pointerOf(one) === pointer);
  if (!field) throw new Error(pointer);
  return field;
};

describe('a field judged by itself', () => {
  const { residentId } = samplePerson();
  const wrong = residentId.replace(/.$/, (last) => (last === '1' ? '2' : '1'));

  it.each([
    ['residentId', wrong, residentId],
    ['mobile', '1380013800', '13800138000'],
    ['certificateNumber', '12', '110310000000001'],
  ])('%s: a wrong one is told at once, a right one is quiet', (name, bad, good) => {
    const field = named(PERSON_FIELDS, `/person/${name}`);
    const pointer = pointerOf(field);
    const told = recheck({}, 'doctor', { person: { [name]: bad } }, field);
    expect(Object.keys(told)).toEqual([pointer]);
    expect(told[pointer]).toMatch(/\p{Script=Han}/u);
    expect(recheck(told, 'doctor', { person: { [name]: good } }, field)).toEqual({});
  });

  it('leaves the other faults alone and raises none of them', () => {
    const field = named(FIELDS.institution, '/details/uscc');
    const other = { '/details/phone': '服务电话不正确' };
    const shown = recheck(other, 'institution', { details: { uscc: '1' } }, field);
    expect(Object.keys(shown).sort()).toEqual(['/details/phone', '/details/uscc']);
    expect(shown['/details/phone']).toBe('服务电话不正确');
  });
});

describe('what a new entry is called by', () => {
  it('is its institution and its own code', () => {
    expect(keyFaults('department', '', 'K 1')).toEqual({
      institution: '请选择机构',
      code: '编码只能用字母、数字和下划线，最长32位',
    });
    expect(keyFaults('institution', '123', '')).toEqual({ institution: expect.stringContaining('22位') });
  });
});
