import type { SampleEvent } from '@qingpu/contracts/testing/sample-events';
import type { DecisionTime } from '../command-handling.ts';
import type { Decider } from '../decider.ts';
import { Rejection } from '../rejection.ts';

export interface SeatCommand {
  readonly type: 'TakeSeat' | 'LeaveSeat';
  readonly by: string;
}

export interface SeatContext {
  readonly capacity: number;
}

/** An aggregate for specs: at most `capacity` people sit, nobody twice; taking a seat again changes nothing. */
export const seats: Decider<readonly string[], SeatCommand, SampleEvent, SeatContext & DecisionTime> = {
  initialState: [],
  evolve: (seated, { type, data }) =>
    type === 'SeatTaken' ? [...seated, data.by] : seated.filter((by) => by !== data.by),
  decide(seated, { type, by }, { capacity }) {
    if (type === 'TakeSeat') {
      if (seated.includes(by)) return [];
      if (seated.length >= capacity) throw rejection('sold-out', '已无座位，请稍后再试');
      return [{ type: 'SeatTaken', data: { by } }];
    }
    if (!seated.includes(by)) throw rejection('no-seat', '没有座位可退，请核对');
    return [{ type: 'SeatLeft', data: { by } }];
  },
};

function rejection(code: string, advice: string): Rejection {
  return new Rejection({ code, status: 409, advice });
}
