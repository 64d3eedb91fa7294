import { type AnnouncementEvent, announcementEvents } from '@qingpu/contracts/events/slots';
import { sampleInstitutionCode } from '@qingpu/contracts/testing/sample-directory';
import { sampleId } from '@qingpu/contracts/testing/sample-slots';
import { FakeCheckpoints } from '@qingpu/read-models-kernel/testing/fake-checkpoints';
import { FakeViewStore } from '@qingpu/read-models-kernel/testing/fake-view-store';
import { contentOf, minuteOf, takeInto, ViewLog } from '@qingpu/read-models-kernel/testing/view-log';
import { ViewReader } from '@qingpu/read-models-kernel/view-reader';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { announcements } from './projection.ts';
import { Announcements } from './queries.ts';
import { announcementsView } from './view.ts';

const OWN = sampleInstitutionCode(1);
const OTHER = sampleInstitutionCode(2);
const NOW = new Date('2026-03-10T12:00:00+08:00');
const PAGE = { page: 1, size: 20 };
type Text = Extract<AnnouncementEvent, { type: 'AnnouncementPublished' }>['data'];

function text(number: number, changes: Partial<Text> = {}): Text {
  return {
    announcementId: sampleId(number),
    kind: 'notice',
    title: `通知${number}`,
    body: '清明节门诊安排',
    institutionCode: null,
    scheduleId: null,
    shownFrom: '2026-03-01T00:00:00.000+08:00',
    shownUntil: null,
    ...changes,
  };
}
const published = (number: number, changes: Partial<Text> = {}): AnnouncementEvent => ({
  type: 'AnnouncementPublished',
  data: text(number, changes),
});
const revised = (number: number, changes: Partial<Text>): AnnouncementEvent => ({
  type: 'AnnouncementRevised',
  data: text(number, changes),
});
const withdrawn = (number: number): AnnouncementEvent => ({
  type: 'AnnouncementWithdrawn',
  data: { announcementId: sampleId(number), reason: '内容有误' },
});

function logOf(events: readonly AnnouncementEvent[]) {
  const log = new ViewLog<AnnouncementEvent>(({ data }) => `announcement-${data.announcementId}`);
  for (const event of events) log.add(event);
  return log.events;
}

async function after(events: readonly AnnouncementEvent[]) {
  const store = new FakeViewStore();
  await takeInto(announcements, store, logOf(events));
  const reader = new ViewReader(announcementsView, store, new FakeCheckpoints(), async () => 0n);
  return { store, queries: new Announcements(reader) };
}
const titles = ({ items }: { readonly items: readonly { readonly title: string }[] }) =>
  items.map(({ title }) => title);

describe('an announcement', () => {
  const history = [published(1), revised(1, { title: '改过的通知' }), withdrawn(1)];

  it('the history holds every event type of the catalogue', () => {
    expect(new Set(history.map(({ type }) => type))).toEqual(new Set(Object.keys(announcementEvents)));
  });

  it('is published, revised and withdrawn', async () => {
    const found = async (events: readonly AnnouncementEvent[]) =>
      (await after(events)).queries.find(sampleId(1), NOW);
    expect(await found(history.slice(0, 1))).toEqual({
      ...text(1),
      publishedAt: minuteOf(0),
      state: 'shown',
      revision: 0,
      asOf: null,
      stale: false,
    });
    expect(await found(history.slice(0, 2))).toMatchObject({
      title: '改过的通知',
      publishedAt: minuteOf(0),
      state: 'shown',
      revision: 1,
    });
    expect(await found(history)).toMatchObject({ title: '改过的通知', state: 'withdrawn', revision: 2 });
    expect(await found([])).toBeUndefined();
  });

  it('is the same however the batches are cut and however often events come again', async () => {
    const some = fc.shuffledSubarray([...history, published(2), withdrawn(2)]);
    await fc.assert(
      fc.asyncProperty(some, fc.nat(5), async (events, cut) => {
        const log = logOf(events);
        const store = new FakeViewStore();
        for (const batch of [log.slice(0, cut), log, log.slice(0, cut)])
          await takeInto(announcements, store, batch);
        expect(await contentOf(announcementsView, store)).toEqual(
          await contentOf(announcementsView, (await after(events)).store),
        );
      }),
    );
  });
});

describe('lists', () => {
  const events = [
    published(1, { title: '全区' }),
    published(2, { title: '本院', institutionCode: OWN, shownFrom: '2026-03-02T00:00:00.000+08:00' }),
    published(3, { title: '外院', institutionCode: OTHER, kind: 'suspension' }),
    published(4, { title: '将来', shownFrom: '2026-03-10T12:00:00.001+08:00' }),
    published(5, { title: '此刻', shownFrom: '2026-03-10T04:00:00.000Z' }),
    published(6, { title: '过去', shownUntil: '2026-03-10T12:00:00.000+08:00' }),
    published(7, { title: '还剩一刻', shownUntil: '2026-03-10T12:00:00.001+08:00', kind: 'policy' }),
    published(8, { title: '撤回' }),
    withdrawn(8),
  ];

  it('shows what is shown at that instant, the newest first', async () => {
    const { queries } = await after(events);
    expect(titles(await queries.shown({}, PAGE, NOW))).toEqual(['此刻', '本院', '还剩一刻', '外院', '全区']);
  });

  it('narrows by institution, whose own and the district’s concern it, and by kind', async () => {
    const { queries } = await after(events);
    const shown = async (filter: Parameters<Announcements['shown']>[0]) =>
      titles(await queries.shown(filter, PAGE, NOW));
    expect(await shown({ institution: OWN })).toEqual(['此刻', '本院', '还剩一刻', '全区']);
    expect(await shown({ kind: 'suspension' })).toEqual(['外院']);
    expect(await shown({ institution: OWN, kind: 'policy' })).toEqual(['还剩一刻']);
  });

  it('gives staff all of them with their states, page by page', async () => {
    const { queries } = await after(events);
    const { items } = await queries.all({}, PAGE, NOW);
    expect(items.map(({ title, state }) => [title, state])).toEqual([
      ['将来', 'later'],
      ['此刻', 'shown'],
      ['本院', 'shown'],
      ['撤回', 'withdrawn'],
      ['还剩一刻', 'shown'],
      ['过去', 'past'],
      ['外院', 'shown'],
      ['全区', 'shown'],
    ]);
    expect(await queries.all({}, { page: 3, size: 3 }, NOW)).toMatchObject({
      total: 8,
      items: [{ title: '外院' }, { title: '全区' }],
    });
  });
});
