import { sampleBooking } from '@qingpu/contracts/testing/sample-slots';
import { SearchTooWide } from '@qingpu/read-models-kernel/view-store';
import { describe, expect, it } from 'vitest';
import { type DifferenceFilter, Landings } from './difference-queries.ts';
import type { BookingsEvent } from './projection.ts';
import {
  booked,
  cancelled,
  held,
  INSTITUTION,
  landed,
  OTHER,
  order,
  registered,
  reported,
  settled,
  viewAfter,
} from './testing/bookings-log.ts';

const DAY = { from: '2026-03-16', to: '2026-03-16' };

async function differences(
  events: readonly BookingsEvent[],
  filter: Partial<DifferenceFilter> = {},
  page = { page: 1, size: 20 },
) {
  return new Landings((await viewAfter(events)).reader).differences({ ...DAY, ...filter }, page);
}
async function kinds(events: readonly BookingsEvent[], filter: Partial<DifferenceFilter> = {}) {
  const { items } = await differences(events, filter);
  return items.map(({ orderNumber, kind, platform, hospital }) => [
    Number(orderNumber.slice(2)),
    kind,
    platform,
    hospital,
  ]);
}

describe('differences', () => {
  it('are none when both sides say the same, or nothing was landed', async () => {
    const both = [booked(1), booked(2), cancelled(2), booked(3), registered(3)];
    const orders = [order(1), order(2, { state: 'cancelled' }), order(3, { state: 'registered' })];
    expect(await kinds([...both, landed(orders)])).toEqual([]);
    expect(await kinds(both)).toEqual([]);
  });

  it('tell what one side has and the other has not', async () => {
    const events = [booked(1), booked(2), landed([order(1), order(3, { state: 'fulfilled' })])];
    expect(await kinds(events)).toEqual([
      [2, 'missingAtHospital', '已预约', null],
      [3, 'missingAtPlatform', null, '已履约'],
    ]);
  });

  it('do not miss at the hospital what is cancelled or never was a booking', async () => {
    expect(await kinds([booked(1), cancelled(1), held(2), landed([])])).toEqual([]);
  });

  it('tell another state', async () => {
    expect(await kinds([booked(1), landed([order(1, { state: 'cancelled' })])])).toEqual([
      [1, 'otherState', '已预约', '已取消'],
    ]);
    expect(await kinds([booked(1), cancelled(1), landed([order(1)])])).toEqual([
      [1, 'otherState', '已取消', '已预约'],
    ]);
    expect(await kinds([booked(1), reported('BookingUnreported', 1), landed([order(1)])])).toEqual([]);
  });

  it('tell another slot, also on another day', async () => {
    expect(await kinds([booked(1), landed([order(1, { slotId: 'N9' })])])).toEqual([
      [1, 'otherSlot', '排班 S1 号源 N1', '排班 S1 号源 N9'],
    ]);
    const elsewhere = [booked(1, { date: '2026-03-18', scheduleId: 'S5' }), landed([order(1)])];
    expect(await kinds(elsewhere)).toEqual([[1, 'otherSlot', '排班 S5 号源 N1', '排班 S1 号源 N1']]);
  });

  it('are none when life went on after the hospital spoke, or the platform heard later', async () => {
    expect(await kinds([booked(1), landed([order(1)]), reported('BookingFulfilled', 1)])).toEqual([]);
    expect(await kinds([booked(1), landed([order(1)]), cancelled(1)])).toEqual([]);
    const early = landed([order(1, { state: 'fulfilled' })]);
    expect(await kinds([booked(1), early])).toEqual([[1, 'otherState', '已预约', '已履约']]);
    expect(await kinds([booked(1), early, reported('BookingFulfilled', 1)])).toEqual([]);
    expect(await kinds([landed([]), booked(1)])).toEqual([]);
  });

  it('wait until all parts of the newest submission have come', async () => {
    const first = landed([order(1)], { part: 1, parts: 2 });
    expect(await kinds([booked(2), first])).toEqual([]);
    const second = landed([order(2)], { part: 2, parts: 2 });
    expect(await kinds([booked(2), first, second])).toEqual([[1, 'missingAtPlatform', null, '已预约']]);
    const next = landed([order(2)], { submission: 2 });
    expect(await kinds([booked(2), first, second, next])).toEqual([]);
  });

  it('are settled until the hospital submits the day anew', async () => {
    const events = [landed([order(1), order(2)]), settled(1)];
    expect(await differences(events)).toMatchObject({
      total: 1,
      items: [{ orderNumber: sampleBooking(2).orderNumber, state: 'open', resolution: null }],
    });
    expect(await differences(events, { state: 'settled' })).toMatchObject({
      total: 1,
      items: [
        {
          institutionCode: INSTITUTION,
          date: '2026-03-16',
          orderNumber: sampleBooking(1).orderNumber,
          state: 'settled',
          resolution: 'explained',
          reason: '窗口补录',
        },
      ],
    });
    expect(await differences(events, { state: 'all' })).toMatchObject({ total: 2 });
    const anew = [...events, landed([order(1)], { submission: 2 })];
    expect(await differences(anew)).toMatchObject({ total: 1, items: [{ state: 'open' }] });
  });

  it('narrow by institution and day, the newest day first, page by page', async () => {
    const events = [
      landed([order(1)]),
      landed([order(2)], { institutionCode: OTHER }),
      landed([order(3), order(4)], { date: '2026-03-17' }),
    ];
    const wide = { from: '2026-03-16', to: '2026-03-17' };
    const all = (await kinds(events, wide)).map(([number]) => number);
    expect(all.slice(0, 2)).toEqual([3, 4]);
    expect(all).toHaveLength(4);
    expect((await kinds(events, { ...wide, institution: OTHER })).map(([number]) => number)).toEqual([2]);
    expect((await kinds(events)).map(([number]) => number).sort()).toEqual([1, 2]);
    const page = await differences(events, wide, { page: 2, size: 3 });
    expect(page).toMatchObject({ total: 4, page: 2, size: 3 });
    expect(page.items).toHaveLength(1);
  });

  it('refuse a span with too many days', async () => {
    const days = Array.from({ length: 101 }, (_none, index) => {
      const date = new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10);
      return landed([], { date });
    });
    await expect(differences(days, { from: '2026-01-01', to: '2026-12-31' })).rejects.toThrow(SearchTooWide);
  });
});
