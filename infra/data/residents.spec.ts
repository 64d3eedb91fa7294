import { checkResidentId } from '@qingpu/contracts/codes/resident-id';
import { personSchema } from '@qingpu/contracts/http/residents';
import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import { describe, expect, it } from 'vitest';
import { DEVELOPMENT_ACCOUNTS, newcomerBehind, REGISTERED_ACCOUNTS } from './accounts.ts';
import { syntheticDistrict } from './district.ts';
import {
  MOST_RESIDENTS,
  residentFamilies,
  syntheticResident,
  syntheticResidents,
  USUAL_RESIDENTS,
} from './residents.ts';

describe('synthetic residents', () => {
  const residents = syntheticResidents();

  it('are as many as the district has by default, and the same every time', () => {
    expect(residents).toHaveLength(USUAL_RESIDENTS);
    expect(syntheticResidents()).toEqual(residents);
    expect(syntheticResidents(10)).toEqual(residents.slice(0, 10));
  });

  it('could register: their numbers add up and say sex and date of birth', () => {
    for (const { birthDate, sex, ...person } of residents) {
      expect(personSchema.safeParse(person).error).toBeUndefined();
      expect(checkResidentId(person.identityNumber, '2026-01-01')).toMatchObject({
        valid: true,
        birthDate,
        sex,
      });
    }
  });

  it('are made up for everybody to see, and no doctor is among them', () => {
    const doctors = syntheticDistrict().flatMap(({ entries }) => entries.doctor.map(({ person }) => person));
    const numbers = new Set(doctors.map(({ residentId }) => residentId));
    const mobiles = new Set(doctors.map(({ mobile }) => mobile));
    for (const { identityNumber, mobile } of residents) {
      expect(identityNumber).toMatch(/^310000\d{8}[5-9]/);
      expect(mobile).toMatch(/^1990[1-9]/);
      expect([numbers.has(identityNumber), mobiles.has(mobile)]).toEqual([false, false]);
    }
  });

  it('are all different, also at the far end', () => {
    const far = [...residents.keys()].map((index) => syntheticResident(MOST_RESIDENTS - 1 - index));
    const all = [...residents, ...far];
    expect(new Set(all.map(({ identityNumber }) => identityNumber)).size).toBe(all.length);
    expect(new Set(all.map(({ mobile }) => mobile)).size).toBe(all.length);
    expect(() => syntheticResident(MOST_RESIDENTS)).toThrow(RangeError);
  });
});

describe('families behind the accounts', () => {
  const { registered, newcomers } = residentFamilies();
  const everybody = [...registered, ...newcomers].flatMap(({ holder, members }) => [
    holder,
    ...members.map(({ person }) => person),
  ]);

  it('have nobody twice, and no more members than an account may have', () => {
    expect(new Set(everybody).size).toBe(everybody.length);
    for (const { members } of registered)
      expect(members.length).toBeLessThanOrEqual(bookingSafeguards.familyMembers);
  });

  it('belong to accounts that exist', () => {
    const accounts = new Set(DEVELOPMENT_ACCOUNTS.map(({ account }) => account));
    expect(REGISTERED_ACCOUNTS.filter((account) => !accounts.has(account))).toEqual([]);
    expect(registered).toHaveLength(REGISTERED_ACCOUNTS.length);
    const found = DEVELOPMENT_ACCOUNTS.flatMap(({ account }) => newcomerBehind(account) ?? []);
    expect(found).toEqual(newcomers);
  });
});
