import type { WaitlistEvent } from '@qingpu/contracts/events/slots';
import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import { fold } from '@qingpu/domains-kernel/decider';
import { specify } from '@qingpu/domains-kernel/testing/decider-specification';
import { describe, expect, it } from 'vitest';
import { at, idOf, scheduleKey } from './testing/sample-pool.ts';
import { type JoinWaitlist, type WaitlistCommand, waitingFor, waitlist } from './waitlist.ts';

const context = { now: at('2026-03-10', '10:00'), safeguards: bookingSafeguards };
const UNTIL = '2026-03-10T10:15:00.000+08:00';

const ids = (number: number) => ({ ...scheduleKey, entryId: idOf(number), personId: idOf(900 + number) });
const join = (number: number, changes: Partial<JoinWaitlist> = {}): JoinWaitlist => ({
  type: 'JoinWaitlist',
  ...ids(number),
  accountId: 'account-1',
  start: null,
  waitingElsewhere: 0,
  ...changes,
});
const joined = (number: number, start: string | null = null): WaitlistEvent => ({
  type: 'WaitlistJoined',
  data: { ...ids(number), accountId: 'account-1', start },
});
const left = (number: number): WaitlistEvent => ({ type: 'WaitlistLeft', data: ids(number) });
const offer = (number: number, booking = number): WaitlistCommand => ({
  type: 'OfferPlace',
  ...ids(number),
  slotId: 'A1',
  bookingId: idOf(50 + booking),
  until: UNTIL,
});
const of = (number: number) => ({ ...ids(number), slotId: 'A1', bookingId: idOf(50 + number) });
const offered = (number: number): WaitlistEvent => ({
  type: 'WaitlistOffered',
  data: { ...of(number), until: UNTIL },
});
const lapsed = (number: number): WaitlistEvent => ({ type: 'WaitlistOfferLapsed', data: of(number) });
const served = (number: number): WaitlistEvent => ({ type: 'WaitlistServed', data: of(number) });
const given = (...history: readonly WaitlistEvent[]) => specify(waitlist).given(history);

describe('waiting for a returned slot', () => {
  it('begins once for a person and schedule', () => {
    given()
      .when(join(1), context)
      .thenEvents([joined(1)]);
    given(joined(1)).when(join(1), context).thenNothingHappened();
    const again = join(2, { personId: ids(1).personId });
    given(joined(1)).when(again, context).thenRejected('waiting-already');
    given(joined(1), offered(1)).when(again, context).thenRejected('waiting-already');
    const rejoined: WaitlistEvent = {
      type: 'WaitlistJoined',
      data: { ...ids(2), personId: ids(1).personId, accountId: 'account-1', start: null },
    };
    given(joined(1), left(1)).when(again, context).thenEvents([rejoined]);
    given(joined(1), offered(1), lapsed(1)).when(again, context).thenEvents([rejoined]);
    const later = { ...context, now: at('2026-03-10', '10:15') };
    given(joined(1), offered(1)).when(again, later).thenEvents([rejoined]);
  });

  it('has room for so many people, and for so many schedules of one', () => {
    const { waitlistPerSchedule, waitlistPerPerson } = bookingSafeguards;
    const full = Array.from({ length: waitlistPerSchedule }, (_, index) => joined(index + 1));
    given(...full)
      .when(join(500), context)
      .thenRejected('waitlist-full');
    given(...full, left(1))
      .when(join(500), context)
      .thenEvents([joined(500)]);
    given()
      .when(join(1, { waitingElsewhere: waitlistPerPerson }), context)
      .thenRejected('waitlist-limit');
    given()
      .when(join(1, { waitingElsewhere: waitlistPerPerson - 1 }), context)
      .thenEvents([joined(1)]);
  });

  it('ends when the person leaves, not while an offer stands', () => {
    const leave: WaitlistCommand = { type: 'LeaveWaitlist', ...ids(1) };
    given(joined(1))
      .when(leave, context)
      .thenEvents([left(1)]);
    given(joined(1), left(1)).when(leave, context).thenNothingHappened();
    given(joined(1), offered(1), lapsed(1)).when(leave, context).thenNothingHappened();
    given(joined(1), offered(1)).when(leave, context).thenRejected('waitlist-offer-stands');
    given(joined(1), offered(1), served(1)).when(leave, context).thenRejected('waitlist-entry-over');
    given(joined(1))
      .when({ ...leave, personId: idOf(999) }, context)
      .thenRejected('waitlist-entry-unknown');
    given().when(leave, context).thenRejected('waitlist-entry-unknown');
  });

  it('goes by who came first, and by the interval that they want', () => {
    const state = fold(waitlist, [joined(3, '08:15'), joined(1), joined(2, '08:00'), joined(4), left(4)]);
    expect(waitingFor(state, '08:00').map(({ entryId }) => entryId)).toEqual([idOf(1), idOf(2)]);
    expect(waitingFor(state, '08:15').map(({ entryId }) => entryId)).toEqual([idOf(3), idOf(1)]);
  });
});

describe('an offer', () => {
  it('is made once to who waits', () => {
    given(joined(1))
      .when(offer(1), context)
      .thenEvents([offered(1)]);
    given(joined(1), offered(1)).when(offer(1), context).thenNothingHappened();
    given(joined(1), offered(1)).when(offer(1, 2), context).thenRejected('waitlist-offer-stands');
    given(joined(1), left(1)).when(offer(1), context).thenRejected('waitlist-entry-over');
    given().when(offer(1), context).thenRejected('waitlist-entry-unknown');
  });

  it('is served once, and only as it was made', () => {
    const serve = (booking: number): WaitlistCommand => ({
      type: 'ServeEntry',
      ...ids(1),
      bookingId: idOf(50 + booking),
    });
    given(joined(1), offered(1))
      .when(serve(1), context)
      .thenEvents([served(1)]);
    given(joined(1), offered(1), served(1)).when(serve(1), context).thenNothingHappened();
    given(joined(1), offered(1)).when(serve(2), context).thenRejected('waitlist-no-offer');
    given(joined(1)).when(serve(1), context).thenRejected('waitlist-no-offer');
  });

  it('lapses once, when its hold is over', () => {
    const { institutionCode, scheduleId } = scheduleKey;
    const lapse = (booking: number): WaitlistCommand => ({
      type: 'LapseOffer',
      institutionCode,
      scheduleId,
      bookingId: idOf(50 + booking),
    });
    given(joined(1), offered(1))
      .when(lapse(1), context)
      .thenEvents([lapsed(1)]);
    given(joined(1), offered(1), lapsed(1)).when(lapse(1), context).thenNothingHappened();
    given(joined(1), offered(1), served(1)).when(lapse(1), context).thenNothingHappened();
    given(joined(1), offered(1)).when(lapse(2), context).thenNothingHappened();
  });
});
