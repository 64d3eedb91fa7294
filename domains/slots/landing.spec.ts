import type { LandedOrder, LandingEvent } from '@qingpu/contracts/events/slots';
import { specify } from '@qingpu/domains-kernel/testing/decider-specification';
import { describe, it } from 'vitest';
import { type LandedPart, type LandingCommand, landing, type Settlement } from './landing.ts';
import { at, DAY, idOf, institutionCode } from './testing/sample-pool.ts';

const NOW = { now: at(DAY, '20:00') };
const order = (orderNumber: string, state: LandedOrder['state'] = 'booked'): LandedOrder => ({
  orderNumber,
  scheduleId: 'P1',
  slotId: 'A1',
  state,
});
const part = (changes: Partial<LandedPart> = {}): LandedPart => ({
  institutionCode,
  date: DAY,
  submissionId: idOf(1),
  part: 1,
  parts: 1,
  orders: [order('QP1')],
  ...changes,
});
const settlement = (changes: Partial<Settlement> = {}): Settlement => ({
  institutionCode,
  date: DAY,
  orderNumber: 'QP1',
  resolution: 'platformRight',
  reason: '医院补录',
  ...changes,
});
const land = (changes: Partial<LandedPart> = {}): LandingCommand => ({
  type: 'LandOrders',
  ...part(changes),
});
const settle = (changes: Partial<Settlement> = {}): LandingCommand => ({
  type: 'SettleDifference',
  ...settlement(changes),
});
const landed = (changes: Partial<LandedPart> = {}): LandingEvent => ({
  type: 'OrdersLanded',
  data: part(changes),
});
const settled = (changes: Partial<Settlement> = {}): LandingEvent => ({
  type: 'DifferenceSettled',
  data: settlement(changes),
});
const given = (...history: LandingEvent[]) => specify(landing).given(history);

const first = { part: 1, parts: 2 };
const second = { part: 2, parts: 2, orders: [order('QP2')] };

describe('a landing', () => {
  it('absent: takes orders, an empty day too; there is nothing to settle', () => {
    given().when(land(), NOW).thenEvents([landed()]);
    given()
      .when(land({ orders: [] }), NOW)
      .thenEvents([landed({ orders: [] })]);
    given().when(settle(), NOW).thenRejected('landing-unknown');
  });

  it('takes each part once, in any order', () => {
    given(landed(first))
      .when(land(second), NOW)
      .thenEvents([landed(second)]);
    given(landed(second))
      .when(land(first), NOW)
      .thenEvents([landed(first)]);
    given(landed(first)).when(land(first), NOW).thenNothingHappened();
  });

  it('takes no other content for a part, and no other number of parts', () => {
    given(landed(first))
      .when(land({ ...first, orders: [order('QP1', 'cancelled')] }), NOW)
      .thenRejected('landing-part-differs');
    given(landed(first))
      .when(land({ ...second, parts: 3 }), NOW)
      .thenRejected('landing-part-differs');
  });

  it('has each order once', () => {
    given()
      .when(land({ orders: [order('QP1'), order('QP1')] }), NOW)
      .thenRejected('landed-order-twice');
    given(landed(first))
      .when(land({ ...second, orders: [order('QP1')] }), NOW)
      .thenRejected('landed-order-twice');
  });

  it('is stood in for by a later one, for good', () => {
    const again = { submissionId: idOf(2), orders: [order('QP1', 'fulfilled')] };
    given(landed())
      .when(land(again), NOW)
      .thenEvents([landed(again)]);
    given(landed(), landed(again)).when(land(), NOW).thenRejected('landing-superseded');
  });

  it('has differences settled when all of it is there, each once', () => {
    given(landed(first)).when(settle(), NOW).thenRejected('landing-incomplete');
    given(landed(first), landed(second)).when(settle(), NOW).thenEvents([settled()]);
    given(landed(), settled()).when(settle(), NOW).thenNothingHappened();
    given(landed(), settled())
      .when(settle({ resolution: 'explained' }), NOW)
      .thenRejected('difference-settled');
  });

  it('that comes anew is settled anew', () => {
    const again = landed({ submissionId: idOf(2) });
    given(landed(), settled(), again)
      .when(settle({ resolution: 'explained' }), NOW)
      .thenEvents([settled({ resolution: 'explained' })]);
  });
});
