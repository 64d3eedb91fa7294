import { Binary, Long, ObjectId } from 'bson';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { afterPrefix, inverted, keyOf } from './bson/keys.ts';
import { int64Value, rawFrom } from './bson/raw.ts';

const sign = (order: number): number => Math.sign(order);
const keyOrder = (left: unknown, right: unknown): number =>
  sign(Buffer.compare(keyOf(rawFrom(left)), keyOf(rawFrom(right))));

/** The sign of the order of a double and an int64, computed without rounding. */
function exactOrder(value: number, other: bigint): number {
  if (value >= 2 ** 63) return 1;
  if (value < -(2 ** 63)) return -1;
  const whole = BigInt(Math.floor(value));
  if (whole !== other) return whole < other ? -1 : 1;
  return value > Math.floor(value) ? 1 : 0;
}

describe('memcomparable keys', () => {
  test('int64 keep their order beyond 2^53', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.bigInt({ min: -3n, max: 3n }),
        (base, step) => {
          const other = BigInt.asIntN(64, base + step);
          const order = Buffer.compare(keyOf(int64Value(base)), keyOf(int64Value(other)));
          expect(sign(order)).toBe(base < other ? -1 : base > other ? 1 : 0);
        },
      ),
    );
  });

  test('int64 and double compare by value', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.boolean(),
        (value, far, near) => {
          const other = near && Math.abs(value) < 2 ** 62 ? BigInt(Math.round(value)) : far;
          const order = Buffer.compare(keyOf(rawFrom(value + 0)), keyOf(int64Value(other)));
          expect(sign(order)).toBe(exactOrder(value, other));
        },
      ),
    );
  });

  test('the same number has the same key in every width', () => {
    const keys = [5, Long.fromNumber(5)].map((value) => keyOf(rawFrom(value)).toString('hex'));
    expect(new Set(keys).size).toBe(1);
    expect(keyOrder(0, -0)).toBe(0);
    expect(keyOrder(Number.NaN, Number.NEGATIVE_INFINITY)).toBe(-1);
  });

  test('text compares by its UTF-8 bytes and is never a prefix problem', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (left, right) => {
        const bytes = sign(Buffer.compare(Buffer.from(left), Buffer.from(right)));
        expect(keyOrder(left, right)).toBe(bytes);
        const pair = sign(Buffer.compare(keyOf(rawFrom([left, 1])), keyOf(rawFrom([right, 1]))));
        expect(pair).toBe(bytes);
      }),
    );
    expect(keyOrder('a', 'a\u0000')).toBe(-1);
    expect(keyOrder('a\u0000b', 'a\u0001')).toBe(-1);
    expect(keyOrder('𠮷', '\uff01')).toBe(1);
  });

  test('types follow BSON order', () => {
    const ordered = [
      null,
      -1,
      'text',
      { a: 1 },
      [1],
      new Binary(Buffer.from([1])),
      new ObjectId(),
      false,
      true,
      new Date(0),
      /a/,
    ];
    for (let i = 1; i < ordered.length; i += 1) expect(keyOrder(ordered[i - 1], ordered[i])).toBe(-1);
  });

  test('documents compare by type, name and value in their own order; binaries by length first', () => {
    expect(keyOrder({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(-1);
    expect(keyOrder({ a: 1 }, { a: 1, b: 1 })).toBe(-1);
    expect(keyOrder({ a: 'x' }, { b: 1 })).toBe(1);
    expect(keyOrder(new Binary(Buffer.from([9])), new Binary(Buffer.from([1, 1])))).toBe(-1);
    expect(keyOrder(new Date(-1), new Date(1))).toBe(-1);
  });

  test('inverted keys turn the order around', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer()), fc.oneof(fc.string(), fc.integer()), (left, right) => {
        const turned = Buffer.compare(inverted(keyOf(rawFrom(left))), inverted(keyOf(rawFrom(right))));
        expect(sign(turned)).toBe(-keyOrder(left, right) + 0);
      }),
    );
  });

  test('afterPrefix is behind every key with the prefix', () => {
    expect(afterPrefix(Buffer.from([1, 0xff]))).toEqual(Buffer.from([2]));
    expect(afterPrefix(Buffer.from([0xff]))).toBeUndefined();
  });
});
