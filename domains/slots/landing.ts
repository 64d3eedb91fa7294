import { isDeepStrictEqual } from 'node:util';
import type { LandedOrder, LandingEvent } from '@qingpu/contracts/events/slots';
import type { DecisionTime } from '@qingpu/domains-kernel/command-handling';
import type { Decider } from '@qingpu/domains-kernel/decider';
import {
  differenceSettled,
  landedOrderTwice,
  landingIncomplete,
  landingPartDiffers,
  landingSuperseded,
  landingUnknown,
} from './rejections.ts';

export type LandedPart = Extract<LandingEvent, { type: 'OrdersLanded' }>['data'];
export type Settlement = Extract<LandingEvent, { type: 'DifferenceSettled' }>['data'];

export type LandingCommand =
  | (LandedPart & { readonly type: 'LandOrders' })
  | (Settlement & { readonly type: 'SettleDifference' });

export interface LandingState {
  /** The newest submission; null before the first. */
  readonly submission: { readonly submissionId: string; readonly parts: number } | null;
  /** What came with each of its parts. */
  readonly received: ReadonlyMap<number, readonly LandedOrder[]>;
  /** Submissions that a later one stands in for. */
  readonly superseded: ReadonlySet<string>;
  /** Settled differences of the newest submission, by order number. */
  readonly settled: ReadonlyMap<string, Settlement>;
}

/** The write side of a landing (预约单落地): what a hospital has of one day's orders, and what was decided about differences. */
export const landing: Decider<LandingState, LandingCommand, LandingEvent, DecisionTime> = {
  initialState: { submission: null, received: new Map(), superseded: new Set(), settled: new Map() },
  evolve(state, event) {
    if (event.type === 'DifferenceSettled')
      return { ...state, settled: new Map([...state.settled, [event.data.orderNumber, event.data]]) };
    return evolvePart(state, event.data);
  },
  decide(state, command) {
    return command.type === 'LandOrders' ? land(state, command) : settle(state, command);
  },
};

function land(
  state: LandingState,
  { type: _type, ...part }: LandingCommand & { type: 'LandOrders' },
): readonly LandingEvent[] {
  if (state.superseded.has(part.submissionId)) throw landingSuperseded();
  if (state.submission?.submissionId === part.submissionId) {
    if (state.submission.parts !== part.parts) throw landingPartDiffers();
    const before = state.received.get(part.part);
    if (before && isDeepStrictEqual(before, part.orders)) return [];
    if (before) throw landingPartDiffers();
    checkOnce([...state.received.values()].flat(), part.orders);
  } else {
    checkOnce([], part.orders);
  }
  return [{ type: 'OrdersLanded', data: part }];
}

function checkOnce(before: readonly LandedOrder[], orders: readonly LandedOrder[]): void {
  const seen = new Set(before.map(({ orderNumber }) => orderNumber));
  for (const { orderNumber } of orders) {
    if (seen.has(orderNumber)) throw landedOrderTwice(orderNumber);
    seen.add(orderNumber);
  }
}

function settle(
  state: LandingState,
  { type: _type, ...settlement }: LandingCommand & { type: 'SettleDifference' },
): readonly LandingEvent[] {
  if (!state.submission) throw landingUnknown();
  if (state.received.size < state.submission.parts) throw landingIncomplete();
  const before = state.settled.get(settlement.orderNumber);
  if (before && before.resolution !== settlement.resolution) throw differenceSettled();
  return before ? [] : [{ type: 'DifferenceSettled', data: settlement }];
}

/** A new submission begins the day anew: what was decided about the earlier one is decided again. */
function evolvePart(state: LandingState, { submissionId, parts, part, orders }: LandedPart): LandingState {
  const { submission } = state;
  if (submission?.submissionId === submissionId)
    return { ...state, received: new Map([...state.received, [part, orders]]) };
  return {
    submission: { submissionId, parts },
    received: new Map([[part, orders]]),
    superseded: submission ? new Set([...state.superseded, submission.submissionId]) : state.superseded,
    settled: new Map(),
  };
}
