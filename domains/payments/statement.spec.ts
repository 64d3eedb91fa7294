import {
  MOST_LISTED_DIFFERENCES,
  type StatementDifference,
  type StatementEvent,
} from '@qingpu/contracts/events/payments';
import { fold } from '@qingpu/domains-kernel/decider';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { specify } from '@qingpu/domains-kernel/testing/decider-specification';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Movement } from './ports.ts';
import { type StatementCommand, statement } from './statement.ts';
import { differencesBetween, keyOf, totalsOf } from './statement-comparison.ts';

const day = { institutionCode: '1234567890123456789012', date: '2026-03-16' };
const context = { now: new Date('2026-03-17T10:00:00+08:00') };
const paymentId = 'c0000000-0000-4000-8000-000000000001';
const movement = (number: string, changes: Partial<Movement> = {}): Movement => ({
  subject: 'payment',
  number,
  orderNumber: number,
  paymentId,
  gatewayNumber: `T${number}`,
  amountFen: 2500,
  ...changes,
});
const A = movement('ZF1');
const B = movement('ZF2');
const REFUND = movement('ZF1T01', { subject: 'refund', orderNumber: 'ZF1', gatewayNumber: 'R1' });

const given = specify(statement).given;
const due: StatementEvent = { type: 'StatementDue', data: day };
const compare = (there: readonly Movement[], here: readonly Movement[]): StatementCommand => ({
  ...day,
  type: 'RecordComparison',
  comparison: {
    here: totalsOf(here),
    there: totalsOf(there),
    differences: differencesBetween(there, here),
  },
});
const compared = (there: readonly Movement[], here: readonly Movement[], open: number): StatementEvent => ({
  type: 'StatementCompared',
  data: {
    ...day,
    here: totalsOf(here),
    there: totalsOf(there),
    differences: [...differencesBetween(there, here)],
    unlisted: 0,
    open,
  },
});
const settle = (number: string): StatementCommand => ({
  ...day,
  type: 'SettleDifference',
  subject: 'payment',
  number,
  reason: '已与支付平台核实',
});

describe('what a statement and our payments differ in', () => {
  it.each<[string, readonly Movement[], readonly Movement[], readonly Partial<StatementDifference>[]]>([
    ['nothing', [A, REFUND], [REFUND, A], []],
    ['one that we lack', [A], [], [{ number: 'ZF1', kind: 'missingHere', hereFen: null, thereFen: 2500 }]],
    ['one that it lacks', [], [A], [{ number: 'ZF1', kind: 'missingThere', hereFen: 2500, thereFen: null }]],
    ['a refund that it lacks', [A], [A, REFUND], [{ subject: 'refund', kind: 'missingThere' }]],
    ['an amount', [{ ...A, amountFen: 1 }], [A], [{ kind: 'amountDiffers', hereFen: 2500, thereFen: 1 }]],
    ['a trade', [{ ...A, gatewayNumber: 'T9' }], [A], [{ kind: 'tradeDiffers' }]],
  ])('%s', (_what, there, here, expected) => {
    const found = differencesBetween(there, here);
    expect(found).toHaveLength(expected.length);
    expect(found).toMatchObject(expected);
  });
});

describe('a statement', () => {
  it('is expected once, and compared only when it is', () => {
    const expecting: StatementCommand = { ...day, type: 'ExpectStatement' };
    given([]).when(expecting, context).thenEvents([due]);
    given([due]).when(expecting, context).thenNothingHappened();
    given([]).when(compare([], []), context).thenRejected('statement-unknown');
  });

  it('that is compared again with the same result changes nothing', () => {
    given([due])
      .when(compare([A], [A]), context)
      .thenEvents([compared([A], [A], 0)]);
    given([due, compared([A], [A], 0)])
      .when(compare([A], [A]), context)
      .thenNothingHappened();
    given([due, compared([A], [], 1)])
      .when(compare([A], [A]), context)
      .thenEvents([compared([A], [A], 0)]);
  });

  it('lists no more differences than fit, and counts the others', () => {
    const many = Array.from({ length: MOST_LISTED_DIFFERENCES + 3 }, (_none, index) =>
      movement(`ZF${index}`),
    );
    const [event] = statement.decide(fold(statement, [due]), compare(many, []), context);
    expect(event?.data).toMatchObject({ unlisted: 3, open: MOST_LISTED_DIFFERENCES + 3 });
  });
});

describe('a difference', () => {
  const [first] = differencesBetween([A, B], []);
  if (!first) throw new Error('two differ');
  const settled: StatementEvent = {
    type: 'StatementDifferenceSettled',
    data: { ...day, difference: first, reason: '已与支付平台核实', open: 1 },
  };
  const before = [due, compared([A, B], [], 2)];

  it('is settled once', () => {
    given(before).when(settle('ZF1'), context).thenEvents([settled]);
    given([...before, settled])
      .when(settle('ZF1'), context)
      .thenRejected('difference-settled');
    given(before).when(settle('ZF9'), context).thenRejected('difference-unknown');
    given([due]).when(settle('ZF1'), context).thenRejected('statement-unknown');
  });

  it('stays settled while it is the same, and is for a person again when it changes', () => {
    given([...before, settled])
      .when(compare([A], []), context)
      .thenEvents([compared([A], [], 0)]);
    const other = { ...A, amountFen: 2600 };
    given([...before, settled])
      .when(compare([other], []), context)
      .thenEvents([compared([other], [], 1)]);
  });
});

/* Statements and payments of any kind, compared and settled in any order. */

const anyMovements = fc.uniqueArray(
  fc.record({
    subject: fc.constantFrom('payment' as const, 'refund' as const),
    number: fc.constantFrom('ZF1', 'ZF2', 'ZF3', 'ZF4'),
    gatewayNumber: fc.constantFrom('T1', 'T2'),
    amountFen: fc.constantFrom(100, 200),
  }),
  { selector: keyOf, maxLength: 6 },
);
const whole = (movements: readonly Pick<Movement, 'subject' | 'number' | 'gatewayNumber' | 'amountFen'>[]) =>
  movements.map((each) => ({ ...each, orderNumber: each.number, paymentId }));
const anyStep = fc.oneof(
  fc
    .record({ there: anyMovements, here: anyMovements })
    .map(({ there, here }) => compare(whole(there), whole(here))),
  fc.constantFrom('ZF1', 'ZF2', 'ZF3', 'ZF4').map(settle),
  fc.constant<StatementCommand>({ ...day, type: 'ExpectStatement' }),
);

it('differs in nothing exactly when both sides are the same, and names each number once', () => {
  fc.assert(
    fc.property(anyMovements, anyMovements, (there, here) => {
      const found = differencesBetween(whole(there), whole(here));
      const sorted = (those: readonly Movement[]) =>
        JSON.stringify(those.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1)));
      expect(found.length === 0).toBe(sorted(whole(there)) === sorted(whole(here)));
      expect(new Set(found.map(keyOf)).size).toBe(found.length);
      const mirrored = differencesBetween(whole(here), whole(there));
      expect(mirrored.map(keyOf).toSorted()).toEqual(found.map(keyOf).toSorted());
    }),
  );
});

it('counts as open exactly the listed differences that nobody has settled, whatever happens', () => {
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 20 }), (steps) => {
      const events: StatementEvent[] = [];
      for (const step of steps) {
        const state = fold(statement, events);
        try {
          events.push(...statement.decide(state, step, context));
        } catch (error) {
          if (!(error instanceof Rejection)) throw error;
        }
        const { compared: newest, settled } = fold(statement, events);
        const told = events.findLast((event) => event.type !== 'StatementDue');
        if (!newest || !told) continue;
        const unsettled = newest.differences.filter((each) => !settled.has(keyOf(each)));
        expect('open' in told.data && told.data.open).toBe(unsettled.length);
      }
    }),
  );
});
