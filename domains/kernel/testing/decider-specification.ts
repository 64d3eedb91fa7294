import assert from 'node:assert/strict';
import { type Decider, fold } from '../decider.ts';
import { Rejection } from '../rejection.ts';

/** given/when/then for a decider: `specify(decider).given([...]).when(command, context).thenEvents([...])`. */
export function specify<State, Command, Event, Context>(decider: Decider<State, Command, Event, Context>) {
  return {
    given: (history: readonly Event[]) => ({
      when: (command: Command, context: Context) => {
        const decide = () => decider.decide(fold(decider, history), command, context);
        return {
          thenEvents: (expected: readonly Event[]) => assert.deepEqual(decide(), expected),
          thenNothingHappened: () => assert.deepEqual(decide(), []),
          thenRejected: (code: string) =>
            assert.throws(decide, (error) => {
              assert.ok(error instanceof Rejection, `expected a rejection, got ${String(error)}`);
              assert.equal(error.code, code);
              return true;
            }),
        };
      },
    }),
  };
}
