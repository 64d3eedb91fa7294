import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleResidentId } from '../testing/sample-directory.ts';
import { maskIdentityNumber, maskName, maskPhone } from './masking.ts';

describe('masking', () => {
  it.each([
    ['张三', '张*'],
    ['欧阳修远', '欧***'],
    ['王', '王*'],
    ['𠮷田', '𠮷*'],
    ['', ''],
  ])('name %s → %s', (name, masked) => {
    expect(maskName(name)).toBe(masked);
  });

  it.each([
    ['13800001234', '138****1234'],
    ['1234567', '*******'],
    ['', ''],
  ])('mobile %s → %s', (phone, masked) => {
    expect(maskPhone(phone)).toBe(masked);
  });

  it.each([
    ['11010519491231002X', '110***********002X'],
    ['1234567', '*******'],
  ])('identity number %s → %s', (number, masked) => {
    expect(maskIdentityNumber(number)).toBe(masked);
  });

  it('never shows the date of birth and keeps the length', () => {
    fc.assert(
      fc.property(fc.nat(999), (serial) => {
        const masked = maskIdentityNumber(sampleResidentId(serial, '19530729'));
        expect(masked).toHaveLength(18);
        expect(masked.slice(3, 14)).toBe('*'.repeat(11));
      }),
    );
  });

  it('shows at most one character of any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 10 }), (name) => {
        const [first, ...others] = [...maskName(name)];
        expect(first).toBe([...name][0]);
        expect(new Set(others)).toEqual(new Set('*'));
      }),
    );
  });
});
