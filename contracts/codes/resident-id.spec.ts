import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { sampleResidentId } from '../testing/sample-directory.ts';
import { checkResidentId } from './resident-id.ts';

const TODAY = '2026-11-23';

describe('resident identity numbers', () => {
  it.each([
    ['11010519491231002X', '1949-12-31', '2'],
    ['31000019000101001X', '1900-01-01', '1'],
    ['310000195006150022', '1950-06-15', '2'],
    ['31000020000229003X', '2000-02-29', '1'],
  ])('%s: born %s, sex %s', (number, birthDate, sex) => {
    expect(checkResidentId(number, TODAY)).toEqual({ valid: true, normalised: number, birthDate, sex });
  });

  it('takes a lower-case check character and gives it back in upper case', () => {
    expect(checkResidentId('11010519491231002x', TODAY)).toMatchObject({
      valid: true,
      normalised: '11010519491231002X',
    });
  });

  it.each([
    ['110105194912310021', 'CHECKSUM', 'another check character'],
    ['110105491231002', 'LENGTH', 'the old form of 15 digits'],
    ['', 'LENGTH', 'nothing'],
    ['11010519491231A02X', 'FORMAT', 'a letter inside'],
    ['X10105194912310021', 'FORMAT', 'an X that is not at the end'],
    ['11010519490231002X', 'BIRTHDATE', '31 February'],
    ['31000019000229001X', 'BIRTHDATE', '29 February of a year that is no leap year'],
    [sampleResidentId(1, '18791231'), 'BIRTHDATE', 'born before 1880'],
    [sampleResidentId(1, '20261124'), 'BIRTHDATE', 'born tomorrow'],
  ])('%s: %s, %s', (number, fault) => {
    expect(checkResidentId(number, TODAY)).toEqual({ valid: false, fault });
  });

  it('takes who was born today', () => {
    expect(checkResidentId(sampleResidentId(1, '20261123'), TODAY)).toMatchObject({ valid: true });
  });

  afterEach(() => vi.useRealTimers());

  it('knows what day it is in Shanghai', () => {
    vi.useFakeTimers({ now: new Date('2026-11-22T16:00:00.000Z') });
    expect(checkResidentId(sampleResidentId(1, '20261123'))).toMatchObject({ valid: true });
    vi.setSystemTime(new Date('2026-11-22T15:59:59.999Z'));
    expect(checkResidentId(sampleResidentId(1, '20261123'))).toEqual({ valid: false, fault: 'BIRTHDATE' });
  });

  const birthDates = fc
    .date({ min: new Date('1880-01-01'), max: new Date('2026-11-23'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
  const numbers = fc
    .tuple(fc.nat(999), birthDates)
    .map(([serial, birthDate]) => sampleResidentId(serial, birthDate.replaceAll('-', '')));

  it('tells the date of birth and the sex of every number that adds up', () => {
    fc.assert(
      fc.property(fc.nat(999), birthDates, (serial, birthDate) => {
        expect(checkResidentId(sampleResidentId(serial, birthDate.replaceAll('-', '')), TODAY)).toMatchObject(
          {
            valid: true,
            birthDate,
            sex: serial % 2 === 1 ? '1' : '2',
          },
        );
      }),
    );
  });

  it('finds any single changed character', () => {
    fc.assert(
      fc.property(numbers, fc.nat(17), fc.constantFrom(...'0123456789X'), (number, place, character) => {
        fc.pre(number.charAt(place) !== character);
        const changed = number.slice(0, place) + character + number.slice(place + 1);
        expect(checkResidentId(changed, TODAY).valid).toBe(false);
      }),
    );
  });

  it('finds any two neighbours that changed places', () => {
    fc.assert(
      fc.property(numbers, fc.nat(16), (number, place) => {
        const [left = '', right = ''] = number.slice(place, place + 2);
        fc.pre(left !== right);
        const changed = number.slice(0, place) + right + left + number.slice(place + 2);
        expect(checkResidentId(changed, TODAY).valid).toBe(false);
      }),
    );
  });
});
