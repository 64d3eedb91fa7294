import type { SlotFacts } from '@qingpu/contracts/events/slots';
import { sampleInstitutionCode } from '@qingpu/contracts/testing/sample-directory';
import { describe, expect, it } from 'vitest';
import { brokenLimit } from './booking-limits.ts';
import { guidancePolicy } from './booking-policy.ts';
import { sampleSlot } from './testing/sample-pool.ts';

const wanted = sampleSlot();
const elsewhere = sampleInstitutionCode(2);

const broken = (active: readonly SlotFacts[], limits = {}) =>
  brokenLimit(active, wanted, { ...guidancePolicy, ...limits })?.code;

describe('limits of a day (rule 7.6)', () => {
  it('let the first booking pass', () => {
    expect(broken([])).toBeUndefined();
  });

  it.each([
    ['the same department', sampleSlot({ doctorCode: 'D2' }), 'limit-department-day'],
    ['the same doctor in another department', sampleSlot({ departmentCode: 'K9' }), 'limit-doctor-day'],
    ['another department and doctor', sampleSlot({ departmentCode: 'K9', doctorCode: 'D9' }), undefined],
    ['the same department on another day', sampleSlot({ date: '2026-03-17' }), undefined],
    ['the same codes at another institution', sampleSlot({ institutionCode: elsewhere }), undefined],
  ])('one booking in %s', (_where, active, code) => {
    expect(broken([active])).toBe(code);
  });

  it('clinics without a named doctor have no doctor in common', () => {
    const nobody = sampleSlot({ doctorCode: null, departmentCode: 'K9' });
    expect(brokenLimit([nobody], sampleSlot({ doctorCode: null }), guidancePolicy)).toBeUndefined();
  });

  it('departments of a day count wherever they are, each once', () => {
    const at = (institutionCode: string, departmentCode: string) =>
      sampleSlot({ institutionCode, departmentCode, doctorCode: null });
    const two = [at(elsewhere, 'K1'), at(elsewhere, 'K2')];
    expect(broken(two)).toBeUndefined();
    expect(broken([...two, at(elsewhere, 'K2')])).toBeUndefined();
    expect(broken([...two, at(elsewhere, 'K3')])).toBe('limit-departments-day');
  });

  it('are the numbers of the rule on file, and say so', () => {
    const two = { perDepartmentDay: 2, perDoctorDay: 2 };
    expect(broken([sampleSlot()], two)).toBeUndefined();
    expect(broken([sampleSlot(), sampleSlot()], two)).toBe('limit-department-day');
    const limits = { ...guidancePolicy, ...two };
    expect(brokenLimit([sampleSlot(), sampleSlot()], wanted, limits)?.advice).toContain('2个号');
  });
});
