import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { transmissionFault } from './contract-verification.ts';

const rule = { malformedToWithhold: 3 };
const sendings = (...wellFormed: boolean[]) => wellFormed.map((each) => ({ wellFormed: each }));

describe('what is judged of the last transmissions', () => {
  it('is nothing when none came', () => {
    expect(transmissionFault([], rule)).toBe('unproven');
  });

  it('is good as soon as one comes in good form again', () => {
    expect(transmissionFault(sendings(true, false, false, false), rule)).toBeNull();
  });

  it('is a slip until too many of them were malformed', () => {
    expect(transmissionFault(sendings(false, true, false), rule)).toMatchObject({ gravity: 'slip' });
    expect(transmissionFault(sendings(false, true, false, false), rule)).toMatchObject({ gravity: 'broken' });
  });

  it('breaks the contract exactly when the last is malformed and as many as the rule says', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 1, maxLength: 10 }),
        fc.integer({ min: 1, max: 10 }),
        (list, most) => {
          const fault = transmissionFault(sendings(...list), { malformedToWithhold: most });
          const malformed = list.filter((wellFormed) => !wellFormed).length;
          expect(typeof fault === 'object' && fault?.gravity === 'broken').toBe(
            !list[0] && malformed >= most,
          );
        },
      ),
    );
  });
});
