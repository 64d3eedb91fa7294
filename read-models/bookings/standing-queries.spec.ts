import { sampleId } from '@qingpu/contracts/testing/sample-slots';
import { describe, expect, it } from 'vitest';
import type { BookingsEvent } from './projection.ts';
import { type BlockFilter, Standings } from './standing-queries.ts';
import {
  appealed,
  blocked,
  booked,
  cancelled,
  corrected,
  decided,
  INSTITUTION,
  OTHER,
  PERSON,
  reported,
  rightsRestored,
  rightsSuspended,
  STATEMENT,
  unblocked,
  viewAfter,
  waitlist,
} from './testing/bookings-log.ts';
import { Waitlists } from './waitlist-queries.ts';

const PAGE = { page: 1, size: 20 };
const TODAY = '2026-03-20';
const NOBODY = sampleId(9_000_009);
const after = async (events: readonly BookingsEvent[]) => new Standings((await viewAfter(events)).reader);

describe('a person’s standing', () => {
  it('is clear for whom nothing is known', async () => {
    expect(await (await after([blocked(20)])).of(NOBODY, TODAY)).toEqual({
      suspensions: [],
      restored: null,
      broken: [],
      blocks: [],
      asOf: null,
      stale: false,
    });
  });

  it('suspensions are in force up to the day before `until`, the longest first', async () => {
    const standings = await after([
      rightsSuspended('lateCancellation', '2026-03-21'),
      rightsSuspended('noShow', '2026-06-14'),
    ]);
    const untils = async (today: string) =>
      (await standings.of(PERSON, today)).suspensions.map(({ until }) => until);
    expect(await untils('2026-03-20')).toEqual(['2026-06-14', '2026-03-21']);
    expect(await untils('2026-03-21')).toEqual(['2026-06-14']);
    expect(await untils('2026-06-13')).toEqual(['2026-06-14']);
    expect(await untils('2026-06-14')).toEqual([]);
  });

  it('restoring lifts what was suspended before, and nothing after', async () => {
    const events = [rightsSuspended('noShow', '2026-06-14'), rightsRestored];
    expect(await (await after(events)).of(PERSON, TODAY)).toMatchObject({
      suspensions: [],
      restored: { cause: 'relief', reason: '住院治疗' },
    });
    const again = [...events, rightsSuspended('noShow', '2026-07-01')];
    expect((await (await after(again)).of(PERSON, TODAY)).suspensions).toMatchObject([
      { until: '2026-07-01' },
    ]);
  });

  it('names missed visits and late cancellations with their appeals, and blocks in force', async () => {
    const standings = await after([
      booked(1),
      reported('NoShowReported', 1),
      booked(2),
      cancelled(2, 'lateCancelled'),
      booked(3),
      reported('NoShowReported', 3),
      corrected(3, 'fulfilled'),
      booked(4),
      cancelled(4),
      appealed(30, 'booking', sampleId(1)),
      decided(30, false),
      appealed(31, 'booking', sampleId(1)),
      blocked(20),
      blocked(21, { until: TODAY }),
      blocked(22),
      unblocked(22),
      appealed(32, 'block', sampleId(20)),
      decided(32, true),
    ]);
    const { broken, blocks } = await standings.of(PERSON, TODAY);
    expect(broken.map(({ bookingId, outcome, appeal }) => [bookingId, outcome, appeal])).toEqual([
      [sampleId(2), 'lateCancelled', 'none'],
      [sampleId(1), 'noShow', 'filed'],
    ]);
    expect(blocks).toMatchObject([{ blockId: sampleId(20), state: 'inForce', appeal: 'upheld' }]);
  });
});

describe('the black list', () => {
  const events = [
    blocked(20, { from: '2026-03-01' }),
    blocked(21, { from: '2026-03-02', kind: 'violence', source: OTHER, scope: 'district' }),
    blocked(22, { from: '2026-03-03', until: '2026-03-10', source: 'district', scope: OTHER }),
    blocked(23, { from: '2026-03-04', personId: NOBODY }),
    unblocked(23),
  ];
  const listed = async (filter: Parameters<Standings['blocks']>[0]) =>
    (await (await after(events)).blocks(filter, PAGE, TODAY)).items.map(({ blockId, state }) => [
      Number(blockId.slice(-2)),
      state,
    ]);

  it('tells which are in force, over or lifted, the newest first', async () => {
    expect(await listed({})).toEqual([
      [23, 'lifted'],
      [22, 'over'],
      [21, 'inForce'],
      [20, 'inForce'],
    ]);
    expect(await listed({ state: 'inForce' })).toEqual([
      [21, 'inForce'],
      [20, 'inForce'],
    ]);
    expect(await listed({ state: 'over' })).toEqual([[22, 'over']]);
    expect(await listed({ state: 'lifted' })).toEqual([[23, 'lifted']]);
  });

  it('narrows by kind, persons and institution', async () => {
    expect(await listed({ kind: 'violence' })).toEqual([[21, 'inForce']]);
    expect(await listed({ persons: [NOBODY] })).toEqual([[23, 'lifted']]);
    expect(await listed({ institution: INSTITUTION, state: 'inForce' })).toEqual([
      [21, 'inForce'],
      [20, 'inForce'],
    ]);
    expect(await listed({ institution: OTHER })).toEqual([
      [22, 'over'],
      [21, 'inForce'],
    ]);
  });

  it('has whom the rule for no-shows suspended, until it is over or the rights are given back', async () => {
    const suspended = rightsSuspended('noShow', '2026-06-14');
    const listedAfter = async (events: readonly BookingsEvent[], filter: BlockFilter = {}) =>
      (await (await after(events)).blocks(filter, PAGE, TODAY)).items;
    expect(await listedAfter([suspended], { kind: 'noShow', state: 'inForce' })).toMatchObject([
      { blockId: PERSON, source: INSTITUTION, scope: 'district', until: '2026-06-14', automatic: true },
    ]);
    expect(await listedAfter([suspended, rightsRestored])).toMatchObject([{ state: 'lifted' }]);
    expect(await listedAfter([suspended, rightsRestored, suspended])).toMatchObject([{ state: 'inForce' }]);
    expect(await listedAfter([rightsSuspended('noShow', TODAY)])).toMatchObject([{ state: 'over' }]);
    expect(
      await listedAfter([rightsSuspended('lateCancellation', '2026-06-14'), rightsRestored], {
        state: 'all',
      }),
    ).toEqual([]);
    const standings = await after([suspended]);
    expect((await standings.of(PERSON, TODAY)).blocks).toEqual([]);
    expect((await standings.madeBy(INSTITUTION, '', TODAY, '0')).items).toEqual([]);
    expect(await (await after([rightsRestored])).block(PERSON, TODAY)).toBeUndefined();
  });

  it('finds one entry and comes page by page', async () => {
    const standings = await after(events);
    expect(await standings.block(sampleId(22), TODAY)).toMatchObject({ state: 'over', scope: OTHER });
    expect(await standings.block(sampleId(99), TODAY)).toBeUndefined();
    expect(await standings.blocks({}, { page: 2, size: 3 }, TODAY)).toMatchObject({
      total: 4,
      items: [{ blockId: sampleId(20) }],
    });
  });
});

describe('appeals', () => {
  const events = [
    booked(1),
    booked(2, { institutionCode: OTHER }),
    blocked(20),
    appealed(30, 'booking', sampleId(1)),
    appealed(31, 'booking', sampleId(2)),
    appealed(32, 'block', sampleId(20)),
    decided(31, true),
  ];
  const listed = async (filter: Parameters<Standings['appeals']>[0], page = PAGE) =>
    (await after(events)).appeals(filter, page, TODAY);
  const ids = ({ items }: Awaited<ReturnType<typeof listed>>) =>
    items.map(({ appealId }) => Number(appealId.slice(-2)));

  it('come with what they are about, the statement sealed', async () => {
    const page = await listed({});
    expect(ids(page)).toEqual([32, 31, 30]);
    expect(page.items).toMatchObject([
      { subject: { kind: 'block' }, block: { blockId: sampleId(20) }, booking: null, statement: STATEMENT },
      { state: 'upheld', decisionReason: '情况属实', booking: { bookingId: sampleId(2) } },
      { state: 'filed', booking: { bookingId: sampleId(1) }, block: null },
    ]);
    expect(await (await after(events)).appeal(sampleId(30), TODAY)).toMatchObject({ state: 'filed' });
    expect(await (await after(events)).appeal(sampleId(99), TODAY)).toBeUndefined();
  });

  it('narrow by state and by the institution that they concern', async () => {
    expect(ids(await listed({ state: 'filed' }))).toEqual([32, 30]);
    expect(ids(await listed({ institution: INSTITUTION }))).toEqual([32, 30]);
    expect(ids(await listed({ institution: OTHER }))).toEqual([31]);
    expect(ids(await listed({ institution: INSTITUTION }, { page: 2, size: 1 }))).toEqual([30]);
    expect(await listed({ institution: INSTITUTION }, { page: 2, size: 1 })).toMatchObject({ total: 2 });
  });
});

describe('waiting lists', () => {
  it('tell each person’s place', async () => {
    const { joined, offered, lapsed, left } = waitlist;
    const { reader } = await viewAfter([
      joined(40, NOBODY),
      joined(41, NOBODY),
      joined(42),
      offered(40),
      joined(43, NOBODY),
      left(41),
    ]);
    const waitlists = new Waitlists(reader);
    expect(await waitlists.ofPersons([PERSON], PAGE)).toMatchObject({
      total: 1,
      items: [{ entryId: sampleId(42), state: 'waiting', ahead: 1, offer: null }],
    });
    const others = await waitlists.ofPersons([NOBODY], PAGE);
    expect(
      others.items.map(({ entryId, state, ahead }) => [Number(entryId.slice(-2)), state, ahead]),
    ).toEqual([
      [43, 'waiting', 2],
      [41, 'left', 0],
      [40, 'offered', 0],
    ]);
    expect(others.items[2]?.offer).toMatchObject({ slotId: 'N1', bookingId: sampleId(99) });
    const later = new Waitlists(
      (await viewAfter([joined(40, NOBODY), joined(42), offered(40), lapsed(40)])).reader,
    );
    expect(await later.entry(sampleId(42))).toMatchObject({ ahead: 0 });
    expect(await later.entry(sampleId(99))).toBeUndefined();
  });
});
