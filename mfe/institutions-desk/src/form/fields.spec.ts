import {
  bookingRuleDetailsSchema,
  channelDetailsSchema,
  clinicDetailsSchema,
  departmentDetailsSchema,
  doctorDetailsSchema,
  institutionDetailsSchema,
  internetClinicDetailsSchema,
} from '@qingpu/contracts/events/institutions';
import { doctorPersonSchema } from '@qingpu/contracts/partners/hospital/registration';
import { describe, expect, it } from 'vitest';
import { displayValue } from './display.ts';
import { FIELDS, PERSON_FIELDS, pointerOf } from './fields.ts';

const SCHEMAS = {
  institution: institutionDetailsSchema,
  department: departmentDetailsSchema,
  doctor: doctorDetailsSchema,
  clinic: clinicDetailsSchema,
  internetClinic: internetClinicDetailsSchema,
  channel: channelDetailsSchema,
  bookingRule: bookingRuleDetailsSchema,
} as const;

describe('fields of the forms', () => {
  it.each(Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[])(
    'cover every detail of the contract: %s',
    (kind) => {
      const entered = new Set(FIELDS[kind].map((field) => field.path[1]));
      expect([...entered].sort()).toEqual(Object.keys(SCHEMAS[kind].shape).sort());
    },
  );

  it('cover the whole person of a doctor, with Chinese labels throughout', () => {
    expect(PERSON_FIELDS.map((field) => field.path[1]).sort()).toEqual(
      Object.keys(doctorPersonSchema.shape).sort(),
    );
    for (const field of [...Object.values(FIELDS).flat(), ...PERSON_FIELDS]) {
      expect(field.label, pointerOf(field)).toMatch(/\p{Script=Han}/u);
    }
  });
});

describe('values as people read them', () => {
  it.each([
    [{ type: 'fee' } as const, 2500, '¥25.00'],
    [{ type: 'yesNo' } as const, false, '否'],
    [{ type: 'number', unit: '%' } as const, 40, '40%'],
    [{ type: 'number', unit: '天' } as const, 0, '0 天'],
    [{ type: 'choices', table: { a: '图文', b: '视频' } } as const, ['a', 'b'], '图文、视频'],
    [{ type: 'date' } as const, '2026-01-05', '2026年1月5日'],
    [{ type: 'text' } as const, null, '—'],
  ])('%o', (control, value, text) => expect(displayValue(control, value)).toBe(text));
});
