import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { landedOrderSchema } from '../events/slots.ts';
import { orderNumberOf } from './order-number.ts';

describe('order numbers', () => {
  it('never change: hospitals keep them', () => {
    expect(orderNumberOf('6ed6892a-6acd-50d2-9adc-3366b2cffa06')).toBe('QPDVB8JAKASPSCZYG6');
  });

  it('differ when the ids do, and are what hospitals may send back', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.uuid({ version: 5 }), { minLength: 2, maxLength: 50 }), (ids) => {
        const numbers = ids.map(orderNumberOf);
        const significant = new Set(ids.map((id) => `${id.slice(0, 13)}${id.slice(-8)}`));
        expect(new Set(numbers).size).toBe(significant.size);
        for (const number of numbers) {
          expect(number).toMatch(/^QP[0-9A-HJKMNP-TV-Z]{16}$/);
          expect(landedOrderSchema.shape.orderNumber.safeParse(number).success).toBe(true);
        }
      }),
    );
  });
});
