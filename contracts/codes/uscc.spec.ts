import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleInstitutionCode, sampleUscc } from '../testing/sample-directory.ts';
import { isOrganisationCode, organisationCodeCheckCharacter } from './organisation-code.ts';
import { checkUscc, usccCheckCharacter } from './uscc.ts';

const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';

describe('unified social credit codes', () => {
  it.each([
    ['91350100M000100Y43', 'M000100Y4'],
    ['12310000MB1X00002D', 'MB1X00002'],
  ])('%s is valid and holds the organisation code %s', (code, organisationCode) => {
    expect(checkUscc(code)).toEqual({ valid: true, organisationCode });
  });

  it.each([
    ['91350100I000100Y43', 'FORMAT', 'the letter I is never used'],
    ['91350100m000100y43', 'FORMAT', 'lower case'],
    ['91350100M000100Y4', 'LENGTH', 'one character short'],
    ['91350100M000100Y44', 'CHECKSUM', 'another check character'],
    ['12310000MB1X000007', 'ORGANISATION_CHECKSUM', 'MB1X0000 has the check character 2, not 0'],
  ])('%s: %s, %s', (code, fault) => {
    expect(checkUscc(code)).toEqual({ valid: false, fault });
  });

  it('checks the organisation code inside as well', () => {
    const first17 = '91350100M000100Y5';
    expect(checkUscc(`${first17}${usccCheckCharacter(first17)}`)).toEqual({
      valid: false,
      fault: 'ORGANISATION_CHECKSUM',
    });
  });

  it('finds any single changed character', () => {
    const codes = fc.nat(999_999).map((number) => sampleUscc(sampleInstitutionCode(number)));
    fc.assert(
      fc.property(codes, fc.nat(17), fc.constantFrom(...ALPHABET), (code, place, character) => {
        expect(checkUscc(code).valid).toBe(true);
        fc.pre(code.charAt(place) !== character);
        expect(checkUscc(code.slice(0, place) + character + code.slice(place + 1)).valid).toBe(false);
      }),
    );
  });
});

describe('organisation codes', () => {
  it('may have X or 0 as check character', () => {
    const checks = Array.from({ length: 200 }, (_, number) =>
      organisationCodeCheckCharacter(String(number).padStart(8, '0')),
    );
    expect(new Set(checks)).toEqual(new Set('0123456789X'));
  });

  it.each(['MB1X0000', 'MB1X000000', 'mb1x00000', 'MB1X0000A'])('%s is none', (code) => {
    expect(isOrganisationCode(code)).toBe(false);
  });

  it('finds any single changed digit', () => {
    const digits = fc.constantFrom(...'0123456789');
    fc.assert(
      fc.property(
        fc.array(digits, { minLength: 8, maxLength: 8 }),
        fc.nat(7),
        digits,
        (first8, place, digit) => {
          fc.pre(first8[place] !== digit);
          const check = organisationCodeCheckCharacter(first8.join(''));
          expect(isOrganisationCode(first8.join('') + check)).toBe(true);
          expect(isOrganisationCode(first8.with(place, digit).join('') + check)).toBe(false);
        },
      ),
    );
  });
});
