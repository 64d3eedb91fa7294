import { describe, expect, it } from 'vitest';
import { isProtectedSubject } from './protected-subjects.ts';

describe('specially protected subjects', () => {
  it.each([
    ['15', true],
    ['16', true],
    ['15.01', true],
    ['03.04', false],
    ['1', false],
    ['150', false],
  ])('%s: %s', (subject, expected) => {
    expect(isProtectedSubject(subject)).toBe(expected);
  });
});
