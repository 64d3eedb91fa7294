import type { DayTotals, StatementDifference } from '@qingpu/contracts/events/payments';
import type { Movement } from './ports.ts';

/**
 * How the gateway's statement (`there`) and our own payments (`here`) differ: in the order of the statement, then what it
 * lacks. Both name each number once.
 */
export function differencesBetween(
  there: readonly Movement[],
  here: readonly Movement[],
): readonly StatementDifference[] {
  const ours = new Map(here.map((movement) => [keyOf(movement), movement]));
  const theirs = new Set(there.map(keyOf));
  return [
    ...there.flatMap((line) => {
      const kind = differenceOf(line, ours.get(keyOf(line)));
      return kind ? [difference(kind, line, ours.get(keyOf(line)))] : [];
    }),
    ...here
      .filter((movement) => !theirs.has(keyOf(movement)))
      .map((movement) => difference('missingThere', undefined, movement)),
  ];
}

export function totalsOf(movements: readonly Movement[]): DayTotals {
  const fenOf = (subject: Movement['subject']) => movements.filter((each) => each.subject === subject);
  const sum = (those: readonly Movement[]) => those.reduce((total, { amountFen }) => total + amountFen, 0);
  const payments = fenOf('payment');
  const refunds = fenOf('refund');
  return {
    payments: payments.length,
    paymentsFen: sum(payments),
    refunds: refunds.length,
    refundsFen: sum(refunds),
  };
}

/** Tells one movement, or one difference, of a day from every other. */
export function keyOf({ subject, number }: Pick<StatementDifference, 'subject' | 'number'>): string {
  return `${subject}-${number}`;
}

function differenceOf(line: Movement, own: Movement | undefined): StatementDifference['kind'] | undefined {
  if (!own) return 'missingHere';
  if (line.amountFen !== own.amountFen) return 'amountDiffers';
  return line.gatewayNumber === own.gatewayNumber ? undefined : 'tradeDiffers';
}

function difference(
  kind: StatementDifference['kind'],
  line: Movement | undefined,
  own: Movement | undefined,
): StatementDifference {
  const known = own ?? line;
  if (!known) throw new Error('a difference is about something');
  return {
    subject: known.subject,
    number: known.number,
    kind,
    paymentId: known.paymentId,
    hereFen: own?.amountFen ?? null,
    thereFen: line?.amountFen ?? null,
  };
}
