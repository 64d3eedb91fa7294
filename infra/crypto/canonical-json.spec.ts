import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

describe('canonical JSON', () => {
  it('orders keys by code unit at every depth and leaves arrays in order', () => {
    const value = { b: [{ z: 1, a: 2 }, 'x'], 身: null, B: true, a: undefined };
    expect(canonicalJson(value)).toBe('{"B":true,"b":[{"a":2,"z":1},"x"],"身":null}');
  });

  it('means the same as JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('does not depend on the order in which fields were set', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
      }),
    );
  });

  it('is its own canonical form', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(canonicalJson(JSON.parse(text))).toBe(text);
      }),
    );
  });

  it('honours toJSON and writes null for holes of arrays, as JSON does', () => {
    const value = [new Date(0), undefined, { at: new Date(0) }];
    expect(canonicalJson(value)).toBe(JSON.stringify(value));
  });

  it.each([
    ['undefined', undefined],
    ['a function', () => 1],
    ['NaN', { value: Number.NaN }],
    ['infinity', [Number.POSITIVE_INFINITY]],
    ['a bigint', 1n],
  ])('refuses %s', (_, value) => {
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });
});
