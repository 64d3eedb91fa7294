import { describe, expect, it } from 'vitest';
import { createFilter, type FilterRequest } from './filters.ts';
import { defaultLimits } from './limits.ts';

function filter(request: Partial<FilterRequest>) {
  const defaults = { on: 'type', pattern: '', prefixes: [], window: 32, intervalMultiplier: 1 } as const;
  return createFilter({ ...defaults, ...request }, defaultLimits);
}

describe('a filter', () => {
  it.each(['^[^$].*', '^(slot|referral)-', '^Slot.*d$', '^slot-\\d+$', 'a{2,3}', '^(?:a|b)c', '^[*+(]+x'])(
    'accepts %s',
    (pattern) => expect(() => filter({ pattern })).not.toThrow(),
  );

  it.each(['(a+)+$', '(a|a)*b', '((ab)*c)+', '(a?){30}', '(.)\\1', '^.*.*.*.*x', '(?:a*)*', '(?<n>a)\\k<n>'])(
    'refuses %s, which could take very long',
    (pattern) => expect(() => filter({ pattern })).toThrow('very long'),
  );

  it('refuses what is no pattern, too long, or empty', () => {
    expect(() => filter({ pattern: '(' })).toThrow('invalid');
    expect(() => filter({ pattern: 'a'.repeat(257) })).toThrow('256');
    expect(() => filter({})).toThrow('needs a regular expression');
    expect(() => filter({ prefixes: Array.from({ length: 257 }, String) })).toThrow('256');
    expect(() => filter({ pattern: 'a', intervalMultiplier: 0 })).toThrow('positive');
  });

  it('counts its checkpoint interval in windows', () => {
    expect(filter({ pattern: 'a', intervalMultiplier: 3 }).checkpointInterval).toBe(96);
    expect(filter({ pattern: 'a', window: 10, intervalMultiplier: 3 }).checkpointInterval).toBe(30);
  });
});
