import { type AllotmentEvent, type ChannelQuotaEvent } from '@qingpu/contracts/events/channel-quotas';
import type { DecisionTime } from '@qingpu/domains-kernel/command-handling';
import type { Decider } from '@qingpu/domains-kernel/decider';
import { allotmentUsed } from './rejections.ts';
import type { ScheduleKey } from './streams.ts';

/** Where a quota holds: one institution, or wherever nothing is said of an institution by itself. */
const EVERYWHERE = '*';
type QuotaSet = Extract<ChannelQuotaEvent, { type: 'ChannelQuotaSet' }>['data'];

/** What the district lets one booking platform sell (两级调配), by institution. */
export const channelQuota: Decider<
  ReadonlyMap<string, number | null>,
  QuotaSet & { readonly type: 'SetChannelQuota' },
  ChannelQuotaEvent,
  DecisionTime
> = {
  initialState: new Map(),
  evolve: (state, { data: { institutionCode, percent } }) =>
    new Map(state).set(institutionCode ?? EVERYWHERE, percent),
  decide(state, { type: _type, ...quota }) {
    if (state.get(quota.institutionCode ?? EVERYWHERE) === quota.percent) return [];
    return [{ type: 'ChannelQuotaSet', data: quota }];
  },
};

export type AllotmentCommand = ScheduleKey & { readonly bookingId: string } & (
    | { readonly type: 'TakeAllotment'; readonly partnerId: string; readonly most: number }
    | { readonly type: 'ReturnAllotment' }
  );

/** Whose booking each is, of those that count. */
export type AllotmentState = ReadonlyMap<string, string>;

/** How many slots of a schedule each booking platform has: never more than its quota, however many ask at once. */
export const allotment: Decider<AllotmentState, AllotmentCommand, AllotmentEvent, DecisionTime> = {
  initialState: new Map(),
  evolve(state, { type, data: { bookingId, partnerId } }) {
    const next = new Map(state);
    if (type === 'SlotAllotted') next.set(bookingId, partnerId);
    else next.delete(bookingId);
    return next;
  },
  decide(state, command) {
    const { institutionCode, scheduleId, bookingId } = command;
    const taker = state.get(bookingId);
    if (command.type === 'ReturnAllotment') {
      if (taker === undefined) return [];
      return [
        { type: 'AllotmentReturned', data: { institutionCode, scheduleId, bookingId, partnerId: taker } },
      ];
    }
    const { partnerId, most } = command;
    if (taker !== undefined) return [];
    if (takenBy(state, partnerId) >= most) throw allotmentUsed();
    return [{ type: 'SlotAllotted', data: { institutionCode, scheduleId, bookingId, partnerId } }];
  },
};

/** How many of a schedule's slots a platform has. */
export function takenBy(state: AllotmentState, partnerId: string): number {
  return [...state.values()].filter((taker) => taker === partnerId).length;
}

/** How many of a schedule's public slots a platform may have. */
export function allottedSlots(publicSlots: number, percent: number): number {
  return Math.floor((publicSlots * percent) / 100);
}

export function channelQuotaStream(partnerId: string): string {
  return `channel-quota-${partnerId}`;
}

export function allotmentStream({ institutionCode, scheduleId }: ScheduleKey): string {
  return `allotment-${institutionCode}.${scheduleId}`;
}
