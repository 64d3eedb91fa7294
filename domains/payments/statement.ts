import { isDeepStrictEqual } from 'node:util';
import {
  type DayTotals,
  MOST_LISTED_DIFFERENCES,
  type StatementDifference,
  type StatementEvent,
} from '@qingpu/contracts/events/payments';
import type { DecisionTime } from '@qingpu/domains-kernel/command-handling';
import type { Decider } from '@qingpu/domains-kernel/decider';
import { differenceSettled, differenceUnknown, statementUnknown } from './rejections.ts';
import { keyOf } from './statement-comparison.ts';

/** One institution's calendar day in Shanghai. */
export interface StatementDay {
  readonly institutionCode: string;
  /** YYYY-MM-DD */
  readonly date: string;
}

/** What a comparison has found. */
export interface Comparison {
  readonly here: DayTotals;
  readonly there: DayTotals;
  readonly differences: readonly StatementDifference[];
}

export type StatementCommand =
  | (StatementDay & { readonly type: 'ExpectStatement' })
  | (StatementDay & { readonly type: 'RecordComparison'; readonly comparison: Comparison })
  | (StatementDay &
      Pick<StatementDifference, 'subject' | 'number'> & {
        readonly type: 'SettleDifference';
        readonly reason: string;
      });
type CommandOf<Type extends StatementCommand['type']> = Extract<StatementCommand, { type: Type }>;
type Compared = Extract<StatementEvent, { type: 'StatementCompared' }>['data'];

export interface StatementState {
  readonly due: boolean;
  /** The newest comparison; null before the first. */
  readonly compared: Compared | null;
  /** By `keyOf`; those that are still listed, just as they were settled. */
  readonly settled: ReadonlyMap<string, StatementDifference>;
}

/** The comparison (对账) of the gateway's statement of one day with our own payments, and what was decided about differences. */
export const statement: Decider<StatementState, StatementCommand, StatementEvent, DecisionTime> = {
  initialState: { due: false, compared: null, settled: new Map() },
  evolve(state, event) {
    switch (event.type) {
      case 'StatementDue':
        return { ...state, due: true };
      case 'StatementCompared':
        return { ...state, compared: event.data, settled: stillSettled(state, event.data.differences) };
      case 'StatementDifferenceSettled': {
        const { difference } = event.data;
        return { ...state, settled: new Map([...state.settled, [keyOf(difference), difference]]) };
      }
    }
  },
  decide(state, command) {
    switch (command.type) {
      case 'ExpectStatement':
        return state.due ? [] : [{ type: 'StatementDue', data: dayOf(command) }];
      case 'RecordComparison':
        return recordComparison(state, command);
      case 'SettleDifference':
        return settle(state, command);
    }
  },
};

function recordComparison(
  state: StatementState,
  command: CommandOf<'RecordComparison'>,
): readonly StatementEvent[] {
  if (!state.due) throw statementUnknown();
  const { here, there, differences } = command.comparison;
  const listed = differences.slice(0, MOST_LISTED_DIFFERENCES);
  const data: Compared = {
    ...dayOf(command),
    here,
    there,
    differences: listed,
    unlisted: differences.length - listed.length,
    open: differences.length - stillSettled(state, listed).size,
  };
  const before = state.compared && { ...state.compared, open: data.open };
  return isDeepStrictEqual(before, data) ? [] : [{ type: 'StatementCompared', data }];
}

function settle(state: StatementState, command: CommandOf<'SettleDifference'>): readonly StatementEvent[] {
  if (!state.compared) throw statementUnknown();
  const key = keyOf(command);
  const difference = state.compared.differences.find((each) => keyOf(each) === key);
  if (!difference) throw differenceUnknown();
  if (state.settled.has(key)) throw differenceSettled();
  const { differences, unlisted } = state.compared;
  const open = differences.length + unlisted - state.settled.size - 1;
  const { reason } = command;
  return [{ type: 'StatementDifferenceSettled', data: { ...dayOf(command), difference, reason, open } }];
}

/** What was settled stays so as long as nothing about it changes; then it is for a person again. */
function stillSettled(
  { settled }: StatementState,
  differences: readonly StatementDifference[],
): ReadonlyMap<string, StatementDifference> {
  const unchanged = differences.filter((each) => isDeepStrictEqual(settled.get(keyOf(each)), each));
  return new Map(unchanged.map((each) => [keyOf(each), each]));
}

function dayOf({ institutionCode, date }: StatementDay): StatementDay {
  return { institutionCode, date };
}
