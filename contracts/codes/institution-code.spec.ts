import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleInstitutionCode } from '../testing/sample-directory.ts';
import { checkInstitutionCode, institutionCategoryName } from './institution-code.ts';

const VALID = sampleInstitutionCode(1);

describe('health institution codes', () => {
  it('tell organisation, region and category', () => {
    expect(checkInstitutionCode(VALID)).toEqual({
      valid: true,
      organisationCode: VALID.slice(0, 9),
      region: '310118',
      category: 'A100',
    });
  });

  it.each([
    [VALID.slice(0, 21), 'LENGTH'],
    [`${VALID}1`, 'LENGTH'],
    [VALID.toLowerCase(), 'FORMAT'],
    [`${VALID.slice(0, 9)}31O118${VALID.slice(15)}`, 'FORMAT'],
    [`${VALID.slice(0, 17)}I100${VALID.slice(21)}`, 'CATEGORY'],
    [`${VALID.slice(0, 21)}3`, 'MANAGEMENT'],
  ])('%s: %s', (code, fault) => {
    expect(checkInstitutionCode(code)).toEqual({ valid: false, fault });
  });

  it('find any changed digit of the organisation code', () => {
    fc.assert(
      fc.property(
        fc.nat(999_999),
        fc.integer({ min: 2, max: 7 }),
        fc.constantFrom(...'0123456789'),
        (number, place, digit) => {
          const code = sampleInstitutionCode(number);
          expect(checkInstitutionCode(code).valid).toBe(true);
          fc.pre(code.charAt(place) !== digit);
          expect(checkInstitutionCode(code.slice(0, place) + digit + code.slice(place + 1))).toEqual({
            valid: false,
            fault: 'ORGANISATION_CHECKSUM',
          });
        },
      ),
    );
  });

  it('have categories with Chinese names, the letter’s where the full code has none', () => {
    expect(institutionCategoryName('A100')).toBe('综合医院');
    expect(institutionCategoryName('B100')).toBe('社区卫生服务中心');
    expect(institutionCategoryName('A999')).toBe('医院');
    expect(institutionCategoryName('Z999')).toBe('Z999');
  });
});
