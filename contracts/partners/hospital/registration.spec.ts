import { describe, expect, it } from 'vitest';
import {
  sampleBookingRule,
  sampleChannel,
  sampleClinic,
  sampleDepartment,
  sampleDoctor,
  sampleInstitution,
  sampleInstitutionCode,
  sampleInternetClinic,
  samplePerson,
} from '../../testing/sample-directory.ts';
import { batchOf, MAX_BATCH_ITEMS, registrationSchemas } from './registration.ts';

const institutionCode = sampleInstitutionCode(1);
const key = { institutionCode, code: 'X1' };
const samples = {
  institution: { institutionCode, details: sampleInstitution(institutionCode) },
  department: { ...key, details: sampleDepartment() },
  doctor: { ...key, details: sampleDoctor(), person: samplePerson() },
  clinic: { ...key, details: sampleClinic() },
  internetClinic: { ...key, details: sampleInternetClinic() },
  channel: { ...key, details: sampleChannel() },
  bookingRule: { ...key, details: sampleBookingRule() },
};

/** The sentences that a refused registration is answered with. */
function advice(kind: keyof typeof samples, value: unknown): string[] {
  const parsed = registrationSchemas[kind].safeParse(value);
  return parsed.success ? [] : parsed.error.issues.map(({ message }) => message);
}

describe('registrations by a hospital', () => {
  it.each(Object.keys(samples) as (keyof typeof samples)[])(
    '%s: the sample is taken as it stands',
    (kind) => {
      expect(registrationSchemas[kind].parse(samples[kind])).toEqual(samples[kind]);
    },
  );

  it('refuse what they do not know, so that nothing is silently lost', () => {
    expect(advice('clinic', { ...samples.clinic, colour: 'red' })).toHaveLength(1);
    expect(
      advice('clinic', { ...samples.clinic, details: { ...sampleClinic(), colour: 'red' } }),
    ).toHaveLength(1);
  });

  it('bind the social credit code of an institution to its own code', () => {
    const other = sampleInstitution(sampleInstitutionCode(2));
    expect(advice('institution', { institutionCode, details: other })).toEqual([
      '统一社会信用代码第9至17位与卫生机构代码前9位不一致，请核对',
    ]);
  });

  it('want a parent for second-level departments only', () => {
    const wrong = '二级科室须填写上级科室编码，一级科室不填';
    expect(advice('department', { ...key, details: sampleDepartment({ level: 2 }) })).toEqual([wrong]);
    expect(advice('department', { ...key, details: sampleDepartment({ parentCode: 'K1' }) })).toEqual([
      wrong,
    ]);
  });

  it('want quotas that add up to 100', () => {
    const quotaPercent = { referral: 10, community: 40, contracted: 10, public: 41 };
    expect(advice('bookingRule', { ...key, details: sampleBookingRule({ quotaPercent }) })).toEqual([
      '四类号源占比之和须为100',
    ]);
  });

  it.each([
    [{ residentId: '110105194912310021' }, '身份证号校验不通过，请核对18位号码'],
    [{ mobile: '12800001234' }, '手机号须为11位大陆手机号'],
    [{ certificateNumber: '1' }, '医师执业证书编码为15位数字'],
    [{ name: ' ' }, '请填写医生姓名'],
  ])('say what is wrong with a doctor: %o', (changes, sentence) => {
    expect(advice('doctor', { ...samples.doctor, person: samplePerson(changes) })).toEqual([sentence]);
  });

  it('normalise the identity number of a doctor', () => {
    const person = samplePerson({ residentId: '11010519491231002x' });
    const parsed = registrationSchemas.doctor.parse({ ...samples.doctor, person });
    expect(parsed.person.residentId).toBe('11010519491231002X');
  });

  it.each(['', 'a-b', 'a.b', '张', 'x'.repeat(33)])('refuse the local code %s', (code) => {
    expect(advice('channel', { ...samples.channel, code })).not.toEqual([]);
  });

  it('come in batches of 1 to 500', () => {
    const batch = batchOf(registrationSchemas.channel);
    const items = (count: number) => ({ items: Array.from({ length: count }, () => samples.channel) });
    expect(batch.safeParse(items(0)).success).toBe(false);
    expect(batch.safeParse(items(MAX_BATCH_ITEMS)).success).toBe(true);
    expect(batch.safeParse(items(MAX_BATCH_ITEMS + 1)).success).toBe(false);
  });
});
