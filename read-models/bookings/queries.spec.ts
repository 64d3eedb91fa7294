import { sampleInstitutionCode } from '@qingpu/contracts/testing/sample-directory';
import { sampleBooking, sampleId } from '@qingpu/contracts/testing/sample-slots';
import { physicalCollection } from '@qingpu/read-models-kernel/view';
import { PositionBeyondHead } from '@qingpu/read-models-kernel/view-reader';
import { SearchTooWide } from '@qingpu/read-models-kernel/view-store';
import { describe, expect, it } from 'vitest';
import type { BookingLine } from './lines.ts';
import type { BookingsEvent } from './projection.ts';
import { Bookings, MAX_EXPORTED } from './queries.ts';
import {
  booked,
  cancelled,
  checkedIn,
  claimed,
  corrected,
  displaced,
  held,
  INSTITUTION,
  OTHER,
  PERSON,
  registered,
  reported,
  viewAfter,
} from './testing/bookings-log.ts';
import { bookingsView } from './view.ts';

const PAGE = { page: 1, size: 20 };
const CHILD = sampleId(9_000_002);
const TODAY = '2026-03-16';

const after = async (events: readonly BookingsEvent[]) => new Bookings((await viewAfter(events)).reader);
const numbers = (lines: readonly BookingLine[]) => lines.map(({ bookingId }) => Number(bookingId.slice(-12)));
const numbersOf = ({ items }: { readonly items: readonly BookingLine[] }) => numbers(items);

/** One booking a day and state: 1 yesterday, 2–6 today, 7 tomorrow for the child, 8 elsewhere. */
const MANY: readonly BookingsEvent[] = [
  booked(1, { date: '2026-03-15' }),
  reported('BookingFulfilled', 1),
  booked(2, { start: '08:15' }),
  cancelled(2),
  booked(3),
  checkedIn(3),
  booked(4),
  registered(4),
  held(5),
  held(6),
  reported('HoldExpired', 6),
  booked(
    7,
    { date: '2026-03-17', departmentCode: 'K05', doctorCode: 'D5' },
    { personId: CHILD, channel: 'phone' },
  ),
  booked(
    8,
    { institutionCode: OTHER, scheduleId: 'S8' },
    { personId: sampleId(9_000_003), channel: 'window' },
  ),
];

describe('one booking', () => {
  it('is found by its id, or by an order number within its institution', async () => {
    const bookings = await after(MANY);
    expect(await bookings.find(sampleId(3))).toMatchObject({ state: 'checkedIn', stale: false });
    expect(await bookings.find(sampleId(99))).toBeUndefined();
    const { orderNumber } = sampleBooking(3);
    expect(await bookings.byOrder(INSTITUTION, orderNumber)).toMatchObject({ bookingId: sampleId(3) });
    expect(await bookings.byOrder(OTHER, orderNumber)).toBeUndefined();
  });

  it('is found by the hospital’s own number too', async () => {
    const shared = booked(1);
    const data = { ...shared.data, hospitalOrderNumber: 'H-77' };
    const bookings = await after([{ ...shared, data } as BookingsEvent]);
    expect(await bookings.byOrder(INSTITUTION, 'H-77')).toMatchObject({ bookingId: sampleId(1) });
  });

  it('waits for a position and refuses one beyond the log', async () => {
    await expect((await after(MANY)).find(sampleId(3), '1')).rejects.toThrow(PositionBeyondHead);
  });
});

describe('one’s own bookings', () => {
  it('are those of all persons that one acts for, newest visit first', async () => {
    const bookings = await after(MANY);
    const mine = async (view: 'upcoming' | 'past' | 'registered' | 'all', persons = [PERSON, CHILD]) =>
      numbersOf(await bookings.ofPersons(persons, view, PAGE, TODAY));
    expect(await mine('all')).toEqual([7, 2, 5, 4, 3, 1]);
    expect(await mine('upcoming')).toEqual([7, 5, 4, 3]);
    expect(await mine('past')).toEqual([2, 1]);
    expect(await mine('registered')).toEqual([4]);
    expect(await mine('all', [CHILD])).toEqual([7]);
    expect(await mine('all', [])).toEqual([]);
  });

  it('come page by page', async () => {
    const bookings = await after(MANY);
    const page = await bookings.ofPersons([PERSON], 'all', { page: 2, size: 2 }, TODAY);
    expect(page).toMatchObject({ page: 2, size: 2, total: 5 });
    expect(numbersOf(page)).toEqual([4, 3]);
  });
});

describe('the desk', () => {
  it.each([
    [{ institution: OTHER }, [8]],
    [{ departments: ['K05', 'K06'] }, [7]],
    [{ doctor: 'D5' }, [7]],
    [{ channel: 'phone' }, [7]],
    [{ scheduleId: 'S8' }, [8]],
    [{ state: 'pending' }, []],
    [{ state: 'held' }, [5]],
    [{ state: 'booked' }, [7, 8]],
    [{ state: 'checkedIn' }, [3]],
    [{ state: 'registered' }, [4]],
    [{ state: 'closed' }, [2, 1]],
    [{ outcomes: ['cancelledByPatient', 'fulfilled'] }, [2, 1]],
    [{ outcomes: ['expired'] }, [6]],
    [{ registered: true }, [4]],
    [{ order: sampleBooking(3).orderNumber }, [3]],
    [{ persons: [CHILD] }, [7]],
    [{ from: '2026-03-17' }, [7]],
    [{ to: '2026-03-15' }, [1]],
    [{ from: TODAY, to: TODAY, institution: INSTITUTION }, [2, 5, 4, 3]],
  ] as const)('narrows by %j', async (filter, expected) => {
    expect(numbersOf(await (await after(MANY)).list(filter, PAGE))).toEqual(expected);
  });

  it('lists everything but holds that came to nothing, page by page', async () => {
    const bookings = await after(MANY);
    const pages = await Promise.all([1, 2, 3].map((page) => bookings.list({}, { page, size: 3 })));
    expect(pages.map(({ total }) => total)).toEqual([7, 7, 7]);
    expect(pages.flatMap(numbersOf)).toEqual([7, 2, 8, 5, 4, 3, 1]);
  });

  it('exports the same, each once, in the order of visits', async () => {
    const events = Array.from({ length: 1_203 }, (_none, index) => booked(index + 1));
    const bookings = await after(events);
    const rows: BookingLine[] = [];
    for await (const chunk of bookings.exported({ institution: INSTITUTION })) rows.push(...chunk);
    expect(rows).toHaveLength(1_203);
    expect(numbers(rows)).toEqual(Array.from({ length: 1_203 }, (_none, index) => index + 1));
  });

  it('refuses to export more than its bound', async () => {
    const { store, reader } = await viewAfter(MANY);
    const collection = physicalCollection(bookingsView, bookingsView.version, 'bookings');
    await store.write(
      Array.from({ length: MAX_EXPORTED }, (_none, index) => ({
        collection,
        id: `filler-${index}`,
        guard: 1n,
        set: { outcome: null },
      })),
    );
    const exported = new Bookings(reader).exported({});
    await expect(exported.next()).rejects.toThrow(SearchTooWide);
  });
});

/** Hospitals number their departments alike. */
const department = (institutionCode: string) => ({ institutionCode, departmentCode: 'K0304' });

describe('figures', () => {
  it('of a day count what the list would show', async () => {
    const bookings = await after(MANY);
    expect(await bookings.figuresOf(TODAY)).toEqual({
      bookings: {
        total: 5,
        byChannel: [
          { key: 'districtPortal', count: 4 },
          { key: 'window', count: 1 },
        ],
      },
      registrations: { total: 1, byChannel: [{ key: 'districtPortal', count: 1 }] },
      byDepartment: [
        { ...department(sampleInstitutionCode(1)), bookings: 4, registrations: 1, cancellations: 1 },
        { ...department(OTHER), bookings: 1, registrations: 0, cancellations: 0 },
      ],
      asOf: null,
      stale: false,
    });
    const { total } = await bookings.list({ from: TODAY, to: TODAY }, PAGE);
    expect(total).toBe(5);
    expect(await bookings.figuresOf('2026-03-17', OTHER)).toMatchObject({
      bookings: { total: 0, byChannel: [] },
      byDepartment: [],
    });
  });

  it('of outcomes add up to all bookings', async () => {
    const extra = [booked(9), reported('NoShowReported', 9), booked(10), displaced(10)];
    const counts = await (await after([...MANY, ...extra])).outcomes({
      from: '2026-03-15',
      to: '2026-03-17',
    });
    expect(counts.get(INSTITUTION)).toEqual({
      total: 8,
      live: 4,
      checkedIn: 1,
      registered: 1,
      outcomes: { fulfilled: 1, cancelledByPatient: 1, noShow: 1, cancelledByHospital: 1 },
    });
    expect(counts.get(OTHER)).toMatchObject({ total: 1, live: 1, outcomes: {} });
  });

  it('follow corrections', async () => {
    const events = [booked(1), reported('NoShowReported', 1), corrected(1, 'fulfilled')];
    expect((await (await after(events)).outcomes({})).get(INSTITUTION)?.outcomes).toEqual({ fulfilled: 1 });
  });
});

describe('for the scheduler', () => {
  it('open claims are those that have stood too long, the oldest first', async () => {
    const settled: BookingsEvent = {
      type: 'ClaimSettled',
      data: { personId: PERSON, bookingId: sampleId(2) },
    };
    const bookings = await after([claimed(1), claimed(2), claimed(3), settled]);
    const open = async (before: string, limit = 10) =>
      (await bookings.openClaims(new Date(before), limit)).map(({ bookingId }) => bookingId);
    expect(await open('2026-03-01T08:00:00+08:00')).toEqual([]);
    expect(await open('2026-03-01T08:02:00+08:00')).toEqual([sampleId(1)]);
    expect(await open('2026-03-01T09:00:00+08:00')).toEqual([sampleId(1), sampleId(3)]);
    expect(await open('2026-03-01T09:00:00+08:00', 1)).toEqual([sampleId(1)]);
    expect(await bookings.openClaims(new Date('2026-03-01T09:00:00+08:00'), 1)).toEqual([
      { bookingId: sampleId(1), personId: PERSON },
    ]);
  });

  it('the reason of an override stays with its claim', async () => {
    const override = { code: 'per-department-day', reason: '急症' };
    const bookings = await after([claimed(1, override), claimed(2)]);
    expect(await bookings.overrideOf(sampleId(1))).toEqual(override);
    expect(await bookings.overrideOf(sampleId(2))).toBeNull();
  });

  it('expired holds are those whose time is over, to the millisecond', async () => {
    const bookings = await after([held(1), held(2, 'waitlist', '2026-03-02T07:10:00+08:00'), booked(3)]);
    const expired = async (now: string) => numbers(await bookings.expiredHolds(new Date(now), 10));
    expect(await expired('2026-03-02T07:09:59.999+08:00')).toEqual([]);
    expect(await expired('2026-03-02T07:10:00+08:00')).toEqual([2]);
    expect(await expired('2026-03-02T07:15:00+08:00')).toEqual([2, 1]);
  });

  it('a hold for a hospital’s answer never expires: it is pending until there is one', async () => {
    const bookings = await after([held(1), held(2, 'shared', '2026-03-02T07:10:00+08:00'), booked(3)]);
    const late = new Date('2026-03-02T07:15:00+08:00');
    expect(numbers(await bookings.expiredHolds(late, 10))).toEqual([1]);
    expect(numbers(await bookings.pendingOrders(late, 10))).toEqual([2]);
    expect(numbers(await bookings.pendingOrders(new Date('2026-03-02T07:10:00+08:00'), 10))).toEqual([]);
  });

  it('unreported visits are those of which nobody has said how they ended', async () => {
    const bookings = await after(MANY);
    expect(numbers(await bookings.unreportedUpTo('2026-03-15', 10))).toEqual([]);
    expect(numbers(await bookings.unreportedUpTo(TODAY, 10))).toEqual([3, 4, 8]);
    expect(numbers(await bookings.unreportedUpTo('2026-03-17', 3))).toEqual([3, 4, 8]);
    expect(numbers(await bookings.unreportedUpTo('2026-03-17', 10))).toEqual([3, 4, 8, 7]);
  });

  it('a day’s visits come portion by portion, each once', async () => {
    const events = [1, 2, 3, 4, 5].map((number) => booked(number, { start: number % 2 ? '08:00' : '08:15' }));
    const bookings = await after([...events, cancelled(5), booked(6, { date: '2026-03-17' })]);
    const seen: number[] = [];
    let last: BookingLine | undefined;
    for (;;) {
      const portion = await bookings.standingOn(TODAY, 2, last);
      if (portion.length === 0) break;
      seen.push(...numbers(portion));
      last = portion.at(-1);
    }
    expect(seen).toEqual([1, 3, 2, 4]);
  });
});
