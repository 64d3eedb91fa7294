import { describe, expect, it } from 'vitest';
import { clinicalSubjectName, clinicalSubjects, isClinicalSubject } from './clinical-subjects.ts';

describe('the list of clinical subjects', () => {
  const subjects = clinicalSubjects();

  it('holds each known code once, with its name, in the order of the codes', () => {
    const codes = subjects.map(({ code }) => code);
    expect(codes).toEqual([...new Set(codes)].sort());
    expect(codes.every(isClinicalSubject)).toBe(true);
    expect(subjects.every(({ code, name }) => clinicalSubjectName(code) === name)).toBe(true);
  });

  it('names cardiology', () => {
    expect(subjects).toContainEqual({ code: '03.04', name: '心血管内科' });
  });
});
