import { randomBytes } from 'node:crypto';
import { checkInstitutionCode } from '@qingpu/contracts/codes/institution-code';
import { checkResidentId } from '@qingpu/contracts/codes/resident-id';
import { checkUscc } from '@qingpu/contracts/codes/uscc';
import {
  type BookingRuleDetails,
  DIRECTORY_KINDS,
  type DirectoryKind,
} from '@qingpu/contracts/events/institutions';
import { ROLES } from '@qingpu/contracts/http/session';
import { type Registration, registrationSchemas } from '@qingpu/contracts/partners/hospital/registration';
import { bookingGuidance } from '@qingpu/contracts/rules/booking-guidance';
import { describe, expect, it } from 'vitest';
import { DEVELOPMENT_ACCOUNTS } from './accounts.ts';
import { type SyntheticInstitution, syntheticDistrict } from './district.ts';
import { generatePartners } from './partners.ts';
import { requiredAddresses } from './testing/fake-partner-api.ts';

const district = syntheticDistrict();
const hospitals = district.filter(({ hospital }) => hospital);

function all<Kind extends DirectoryKind>(
  kind: Kind,
  of: readonly SyntheticInstitution[] = district,
): Registration<Kind>[] {
  return of.flatMap(({ entries }) => [...entries[kind]]);
}

function codeOf(entry: Registration<DirectoryKind>): string {
  return 'code' in entry ? entry.code : entry.institutionCode;
}

describe('the synthetic district', () => {
  it('is the same every time and another one with another seed', () => {
    expect(syntheticDistrict()).toEqual(district);
    expect(syntheticDistrict({ seed: 'another' })).not.toEqual(district);
  });

  it('has 4 hospitals and 12 centres, one of them an example', () => {
    const entries = all('institution');
    expect(hospitals).toHaveLength(4);
    expect(district).toHaveLength(16);
    expect(entries.filter(({ details }) => details.example).map(({ details }) => details.name)).toEqual([
      '青浦示例社区卫生服务中心',
    ]);
    expect(entries.map(({ details }) => details.grade).slice(0, 5)).toEqual(['3B', '20', '2A', '20', '10']);
    expect(entries.filter(({ details }) => details.slotMode === 'shared')).toHaveLength(1);
  });

  it('has as many entries of each kind as its description says', () => {
    const counts = Object.fromEntries(DIRECTORY_KINDS.map((kind) => [kind, all(kind).length]));
    expect(counts).toMatchInlineSnapshot(`
      {
        "bookingRule": 15,
        "channel": 76,
        "clinic": 349,
        "department": 298,
        "doctor": 336,
        "institution": 16,
        "internetClinic": 32,
      }
    `);
  });

  it('staffs hospitals with 40 to 80 doctors and centres with 8 to 12', () => {
    for (const { hospital, entries } of district) {
      expect(entries.doctor.length).toBeGreaterThanOrEqual(hospital ? 40 : 8);
      expect(entries.doctor.length).toBeLessThanOrEqual(hospital ? 80 : 12);
    }
  });

  it.each(DIRECTORY_KINDS)(
    'registers every %s as the contract wants it, with nothing left to defaults',
    (kind) => {
      for (const entry of all(kind)) expect(registrationSchemas[kind].parse(entry)).toEqual(entry);
    },
  );

  it('makes what it registers resolvable in the order of loading', () => {
    const known = new Set<string>();
    for (const { entries } of district) {
      for (const kind of DIRECTORY_KINDS) {
        for (const entry of entries[kind]) {
          expect(requiredAddresses(kind, entry).filter((address) => !known.has(address))).toEqual([]);
          known.add(`${kind} ${entry.institutionCode} ${codeOf(entry)}`);
        }
      }
    }
  });

  it('never gives a code twice', () => {
    for (const { entries } of district) {
      for (const kind of DIRECTORY_KINDS) {
        const codes = entries[kind].map(codeOf);
        expect(new Set(codes).size).toBe(codes.length);
      }
    }
    const codes = district.map(({ code }) => code);
    expect(new Set(codes).size).toBe(16);
  });

  it('gives every second-level department a doctor', () => {
    for (const { entries } of district) {
      const staffed = new Set(entries.doctor.flatMap(({ details }) => details.departmentCodes));
      const second = entries.department.filter(({ details }) => details.level === 2);
      expect(second.filter(({ code }) => !staffed.has(code))).toEqual([]);
    }
  });

  it('offers every kind of clinic, experts in hospitals only', () => {
    const kinds = new Set(all('clinic', hospitals).map(({ details }) => details.kind));
    expect(kinds).toEqual(new Set(['general', 'disease', 'expert', 'special']));
    const centres = district.filter(({ hospital }) => !hospital);
    expect(all('doctor', centres).some(({ details }) => details.expert)).toBe(false);
    expect(all('internetClinic', centres)).toEqual([]);
    expect(hospitals.every(({ entries }) => entries.internetClinic.length > 0)).toBe(true);
  });

  it('keeps doctors out of what stands in clear', () => {
    for (const { entries } of district) {
      const names = entries.doctor.map(({ person }) => person.name).filter((name) => name.length > 2);
      const clear = JSON.stringify({ ...entries, doctor: entries.doctor.map(({ details }) => details) });
      expect(names.filter((name) => clear.includes(name))).toEqual([]);
    }
  });
});

describe('synthetic codes', () => {
  it('add up and are recognisable for institutions', () => {
    for (const { institutionCode, details } of all('institution')) {
      expect(checkInstitutionCode(institutionCode)).toMatchObject({ valid: true, region: '310118' });
      expect(checkUscc(details.uscc)).toEqual({
        valid: true,
        organisationCode: institutionCode.slice(0, 9),
      });
      expect(institutionCode).toMatch(/^DUMMY0/);
    }
    const categories = district.map(({ code }) => code.slice(17, 21));
    expect(categories.slice(0, 5)).toEqual(['A100', 'A100', 'A210', 'A514', 'B100']);
  });

  it('add up, match the sex and are unique for doctors, at 10,000 of them too', () => {
    const people = all('doctor', syntheticDistrict({ scale: 10_000 })).map(({ person }) => person);
    expect(people).toHaveLength(10_000);
    for (const { residentId, sex, mobile, certificateNumber } of people) {
      expect(checkResidentId(residentId)).toMatchObject({ valid: true, sex });
      expect(`${residentId.slice(0, 6)} ${mobile.slice(0, 5)} ${certificateNumber.slice(3, 9)}`).toBe(
        '310000 19900 999999',
      );
    }
    for (const field of ['residentId', 'mobile', 'certificateNumber'] as const) {
      expect(new Set(people.map((person) => person[field])).size).toBe(people.length);
    }
  });
});

describe('scale', () => {
  it('only adds: what the usual district has stays as it is', () => {
    const large = syntheticDistrict({ scale: 2000 });
    for (const [index, { entries }] of district.entries()) {
      for (const kind of DIRECTORY_KINDS)
        expect(large[index]?.entries[kind]).toEqual(expect.arrayContaining([...entries[kind]]));
    }
  });

  it.each([0, 10, 12.5, Number.NaN, 1_000_000])('refuses %d doctors', (scale) => {
    expect(() => syntheticDistrict({ scale })).toThrow(RangeError);
  });
});

describe('booking rules', () => {
  it('show every verdict of the analysis: compliant, notice, deviation and unfiled', () => {
    const verdicts = district.map(({ entries }) =>
      verdictOf(entries.bookingRule.map(({ details }) => details)),
    );
    const count = (verdict: string) => verdicts.filter((found) => found === verdict).length;
    expect({
      compliant: count('compliant'),
      notice: count('notice'),
      deviation: count('deviation'),
      unfiled: count('unfiled'),
    }).toEqual({ compliant: 8, notice: 3, deviation: 3, unfiled: 2 });
  });

  it('miss every line of the guidance somewhere', () => {
    const rules = all('bookingRule').map(({ details }) => details);
    const missed = bookingGuidance.guidance.filter((line) => rules.some((rule) => misses(rule, line)));
    expect(missed.map(({ id }) => id)).toEqual(bookingGuidance.guidance.map(({ id }) => id));
  });

  it('begin on the day that is asked for', () => {
    const rules = all('bookingRule', syntheticDistrict({ rulesFrom: '2027-02-03' }));
    expect(new Set(rules.map(({ details }) => details.effectiveFrom))).toEqual(new Set(['2027-02-03']));
  });
});

describe('partners and accounts', () => {
  it('gives each institution one partner with a secret of this installation', () => {
    const partners = generatePartners(randomBytes, 'http://127.0.0.1:9400');
    expect(partners.map(({ institutionCode }) => institutionCode)).toEqual(district.map(({ code }) => code));
    expect(new Set(partners.map(({ partnerId }) => partnerId)).size).toBe(16);
    expect(new Set(partners.map(({ secret }) => secret)).size).toBe(16);
    expect(partners.every(({ secret }) => secret.length >= 43)).toBe(true);
    expect(generatePartners(randomBytes)[0]?.secret).not.toBe(partners[0]?.secret);
  });

  it('has an account of every role, at institutions that exist', () => {
    const codes = new Set(district.map(({ code }) => code));
    expect(new Set(DEVELOPMENT_ACCOUNTS.map(({ role }) => role))).toEqual(new Set(Object.keys(ROLES)));
    expect(new Set(DEVELOPMENT_ACCOUNTS.map(({ account }) => account)).size).toBe(
      DEVELOPMENT_ACCOUNTS.length,
    );
    for (const { role, institutionCode } of DEVELOPMENT_ACCOUNTS) {
      if (institutionCode !== null) expect(codes).toContain(institutionCode);
      if (role === 'hospitalAdmin') expect(institutionCode).not.toBeNull();
    }
  });
});

type GuidanceLine = (typeof bookingGuidance.guidance)[number];

function misses(rule: BookingRuleDetails, { field, min, max }: GuidanceLine): boolean {
  const value = field
    .split('.')
    .reduce<unknown>((inner, part) => (inner as Record<string, unknown>)[part], rule);
  return Number(value) < (min ?? -Infinity) || Number(value) > (max ?? Infinity);
}

function verdictOf(rules: readonly BookingRuleDetails[]): string {
  if (rules.length === 0) return 'unfiled';
  const missed = bookingGuidance.guidance.filter((line) => rules.some((rule) => misses(rule, line)));
  if (missed.some(({ severity }) => severity === 'deviation')) return 'deviation';
  return missed.length > 0 ? 'notice' : 'compliant';
}
