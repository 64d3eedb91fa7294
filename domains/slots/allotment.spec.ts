import { type AllotmentEvent, allotmentEvents } from '@qingpu/contracts/events/channel-quotas';
import { slotEvents } from '@qingpu/contracts/events/slots';
import { fold } from '@qingpu/domains-kernel/decider';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { specify } from '@qingpu/domains-kernel/testing/decider-specification';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AllotmentCommand, allotment, allottedSlots, channelQuota, takenBy } from './allotment.ts';
import { allotmentReturnProcess } from './allotment-return.process.ts';
import { idOf, institutionCode } from './testing/sample-pool.ts';

const context = { now: new Date('2026-03-01T00:00:00.000Z') };
const key = { institutionCode, scheduleId: 'P1' };
const CITY = 'city-platform';
const take = (number: number, most: number, partnerId = CITY): AllotmentCommand => ({
  type: 'TakeAllotment',
  ...key,
  partnerId,
  bookingId: idOf(number),
  most,
});
const giveBack = (number: number): AllotmentCommand => ({
  type: 'ReturnAllotment',
  ...key,
  bookingId: idOf(number),
});
const taken = (number: number, partnerId = CITY): AllotmentEvent => ({
  type: 'SlotAllotted',
  data: { ...key, partnerId, bookingId: idOf(number) },
});
const returned = (number: number): AllotmentEvent => ({
  type: 'AllotmentReturned',
  data: { ...key, partnerId: CITY, bookingId: idOf(number) },
});
const given = (...history: AllotmentEvent[]) => specify(allotment).given(history);

/** What a command leads to; nothing when it is refused. */
function answerTo(history: readonly AllotmentEvent[], command: AllotmentCommand): readonly AllotmentEvent[] {
  try {
    return allotment.decide(fold(allotment, history), command, context);
  } catch (error) {
    if (error instanceof Rejection) return [];
    throw error;
  }
}

describe('what booking platforms take of a schedule', () => {
  it('is taken once for each booking, up to the quota', () => {
    given()
      .when(take(1, 2), context)
      .thenEvents([taken(1)]);
    given(taken(1)).when(take(1, 2), context).thenNothingHappened();
    given(taken(1), taken(2)).when(take(3, 2), context).thenRejected('allotment-used');
    given(taken(1), taken(2)).when(take(2, 1), context).thenNothingHappened();
    given().when(take(1, 0), context).thenRejected('allotment-used');
  });

  it('counts each platform by itself', () => {
    given(taken(1), taken(2))
      .when(take(3, 1, 'third-party-1'), context)
      .thenEvents([taken(3, 'third-party-1')]);
  });

  it('is given back once, and what was never taken is nothing to it', () => {
    given(taken(1))
      .when(giveBack(1), context)
      .thenEvents([returned(1)]);
    given(taken(1), returned(1)).when(giveBack(1), context).thenNothingHappened();
    given().when(giveBack(1), context).thenNothingHappened();
    given(taken(1), returned(1))
      .when(take(2, 1), context)
      .thenEvents([taken(2)]);
  });

  it('is never more than the quota, whatever is asked in whatever order', () => {
    const asked = fc.oneof(
      fc
        .record({ number: fc.nat(12), partner: fc.constantFrom(CITY, 'third-party-1') })
        .map(({ number, partner }) => take(number, 3, partner)),
      fc.nat(12).map(giveBack),
    );
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 60 }), (commands) => {
        const history: AllotmentEvent[] = [];
        for (const command of commands) {
          history.push(...answerTo(history, command));
          const state = fold(allotment, history);
          expect(takenBy(state, CITY)).toBeLessThanOrEqual(3);
          expect(takenBy(state, 'third-party-1')).toBeLessThanOrEqual(3);
        }
        for (const { type, data } of history) expect(allotmentEvents[type].schema.parse(data)).toEqual(data);
      }),
    );
  });

  it('is a whole number of the public’s slots, never more than the percentage', () => {
    expect([allottedSlots(4, 50), allottedSlots(3, 50), allottedSlots(5, 0), allottedSlots(5, 100)]).toEqual([
      2, 1, 0, 5,
    ]);
  });
});

describe('a quota', () => {
  const quota = { partnerId: CITY, institutionCode, percent: 50, reason: '统一调配' };
  it('is set once, changed and lifted, for an institution or for all others', () => {
    const set = { type: 'SetChannelQuota', ...quota } as const;
    const event = { type: 'ChannelQuotaSet', data: quota } as const;
    specify(channelQuota).given([]).when(set, context).thenEvents([event]);
    specify(channelQuota).given([event]).when(set, context).thenNothingHappened();
    for (const changes of [{ percent: null }, { percent: 0 }, { institutionCode: null }])
      specify(channelQuota)
        .given([event])
        .when({ ...set, ...changes }, context)
        .thenEvents([{ type: 'ChannelQuotaSet', data: { ...quota, ...changes } }]);
  });
});

describe('the process', () => {
  const slot = { ...key, slotId: 'A1' };
  const react = (type: 'BookingCancelled' | 'HoldExpired' | 'SlotFenced', data: unknown) =>
    allotmentReturnProcess.react({ type, data: slotEvents[type].schema.parse(data) } as never, {} as never);
  const back = [{ type: 'ReturnAllotment', ...key, bookingId: idOf(1) }];
  const booking = { ...slot, bookingId: idOf(1), personId: idOf(2) };

  it('gives back what is over before the visit, and nothing else', () => {
    const by = { by: 'channel', outcome: 'cancelledByPatient', reason: '', returnsAt: null } as const;
    expect(react('BookingCancelled', { ...booking, ...by })).toEqual(back);
    expect(react('HoldExpired', booking)).toEqual(back);
    const fence = { ...slot, cause: 'suspension', causeId: idOf(3) } as const;
    expect(react('SlotFenced', { ...fence, displaced: { bookingId: idOf(1), personId: idOf(2) } })).toEqual(
      back,
    );
    expect(react('SlotFenced', { ...fence, displaced: null })).toEqual([]);
  });
});
