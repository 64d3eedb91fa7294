import type { RequestDeliveryCommand } from '@qingpu/contracts/commands/messaging';
import type { MessagingEvent } from '@qingpu/contracts/events/messaging';
import type { DeliveryPolicy } from '@qingpu/contracts/rules/delivery-policy';
import { shanghaiTimestamp } from '@qingpu/domains-kernel/clock';
import type { DecisionTime } from '@qingpu/domains-kernel/command-handling';
import type { Decider } from '@qingpu/domains-kernel/decider';
import { Rejection } from '@qingpu/domains-kernel/rejection';

export type DeliveryCommand =
  | RequestDeliveryCommand
  /** What became of attempt number `attempt`; `fault` is missing when it was delivered. */
  | {
      readonly type: 'RecordAttempt';
      readonly deliveryId: string;
      readonly attempt: number;
      readonly fault?: string;
      /** No further attempt can bring it: it is given up at once. */
      readonly final?: boolean;
    };

export type DeliveryState =
  | { readonly status: 'absent' }
  | { readonly status: 'open'; readonly failures: number }
  | { readonly status: 'delivered' | 'givenUp' };

export type DeliveryContext = DecisionTime & { readonly policy: DeliveryPolicy };

export function deliveryStream(deliveryId: string): string {
  return `delivery-${deliveryId}`;
}

/** One delivery, tried until it is received or the policy gives it up to a person. */
export const delivery: Decider<DeliveryState, DeliveryCommand, MessagingEvent, DeliveryContext> = {
  initialState: { status: 'absent' },
  evolve(state, event) {
    switch (event.type) {
      case 'DeliveryRequested':
        return { status: 'open', failures: 0 };
      case 'DeliveryFailed':
        return { status: 'open', failures: event.data.attempt };
      case 'DeliverySucceeded':
        return { status: 'delivered' };
      case 'DeliveryGivenUp':
        return { status: 'givenUp' };
      default:
        return state;
    }
  },
  decide(state, command, context) {
    return command.type === 'RequestDelivery' ? request(state, command) : record(state, command, context);
  },
};

function request(
  state: DeliveryState,
  { type: _type, ...data }: RequestDeliveryCommand,
): readonly MessagingEvent[] {
  return state.status === 'absent' ? [{ type: 'DeliveryRequested', data }] : [];
}

function record(
  state: DeliveryState,
  command: Extract<DeliveryCommand, { type: 'RecordAttempt' }>,
  { now, policy }: DeliveryContext,
): readonly MessagingEvent[] {
  // Two workers may have tried the same attempt after a take-over; the first record stands.
  if (state.status !== 'open' || command.attempt !== state.failures + 1) throw attemptOutOfTurn();
  const { deliveryId, attempt, fault, final = false } = command;
  if (fault === undefined) return [{ type: 'DeliverySucceeded', data: { deliveryId, attempt } }];
  if (final || attempt >= policy.attempts)
    return [{ type: 'DeliveryGivenUp', data: { deliveryId, attempt, fault } }];
  const nextAttemptAt = shanghaiTimestamp(new Date(now.getTime() + pauseSeconds(attempt, policy) * 1000));
  return [{ type: 'DeliveryFailed', data: { deliveryId, attempt, fault, nextAttemptAt } }];
}

/** Seconds to wait after failure number `attempt`. */
export function pauseSeconds(attempt: number, policy: DeliveryPolicy): number {
  return Math.min(policy.longestPauseSeconds, policy.firstPauseSeconds * 2 ** (attempt - 1));
}

function attemptOutOfTurn(): Rejection {
  return new Rejection({
    code: 'attempt-out-of-turn',
    status: 409,
    advice: '该投递已有更新的结果，无需重复记录',
  });
}
