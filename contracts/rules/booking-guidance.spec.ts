import { describe, expect, it } from 'vitest';
import { bookingRuleDetailsSchema } from '../events/institutions.ts';
import { FIELD_LABELS } from '../http/institutions.ts';
import { sampleBookingRule } from '../testing/sample-directory.ts';
import table from './booking-guidance@2026.1.json' with { type: 'json' };
import { bookingGuidance } from './booking-guidance.ts';

describe('the district’s guidance for booking rules', () => {
  it('has one bound or two a line, a unique id, a Chinese advice and a labelled field', () => {
    const ids = bookingGuidance.guidance.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const line of bookingGuidance.guidance) {
      expect(line.min ?? line.max, line.id).toBeDefined();
      expect(['deviation', 'notice']).toContain(line.severity);
      expect(line.advice).toMatch(/\p{sc=Han}/u);
      expect(FIELD_LABELS, line.id).toHaveProperty([line.field]);
      expect(sampleBookingRule(), line.id).toHaveProperty(line.field, expect.any(Number));
    }
  });

  it('proposes defaults that are a rule which can be filed', () => {
    const filed = { name: '默认', clinicKind: 'all', effectiveFrom: '2026-01-01', ...table.defaults };
    expect(bookingRuleDetailsSchema.safeParse(filed).success).toBe(true);
  });
});
