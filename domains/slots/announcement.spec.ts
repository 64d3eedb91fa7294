import type { AnnouncementEvent } from '@qingpu/contracts/events/slots';
import { specify } from '@qingpu/domains-kernel/testing/decider-specification';
import { describe, expect, it } from 'vitest';
import {
  type AnnouncementCommand,
  type AnnouncementText,
  announcement,
  scheduleChangeWords,
} from './announcement.ts';
import { at, idOf } from './testing/sample-pool.ts';

const NOW = { now: at('2026-03-01', '10:00') };
const announcementId = idOf(1);
const text = (changes: Partial<AnnouncementText> = {}): AnnouncementText => ({
  announcementId,
  kind: 'notice',
  title: '国庆期间门诊安排',
  body: '10月1日至3日停诊',
  institutionCode: null,
  scheduleId: null,
  shownFrom: '2026-03-01T10:00:00.000+08:00',
  shownUntil: null,
  ...changes,
});
const publish = (changes: Partial<AnnouncementText> = {}): AnnouncementCommand => ({
  type: 'PublishAnnouncement',
  ...text(changes),
});
const revise = (changes: Partial<AnnouncementText> = {}): AnnouncementCommand => ({
  type: 'ReviseAnnouncement',
  ...text(changes),
});
const withdraw: AnnouncementCommand = { type: 'WithdrawAnnouncement', announcementId, reason: '有误' };
const published = (changes: Partial<AnnouncementText> = {}): AnnouncementEvent => ({
  type: 'AnnouncementPublished',
  data: text(changes),
});
const revised = (changes: Partial<AnnouncementText> = {}): AnnouncementEvent => ({
  type: 'AnnouncementRevised',
  data: text(changes),
});
const withdrawn: AnnouncementEvent = {
  type: 'AnnouncementWithdrawn',
  data: { announcementId, reason: '有误' },
};
const given = (...history: AnnouncementEvent[]) => specify(announcement).given(history);

describe('an announcement', () => {
  it('absent: can only be published', () => {
    given().when(publish(), NOW).thenEvents([published()]);
    given().when(revise(), NOW).thenRejected('announcement-unknown');
    given().when(withdraw, NOW).thenRejected('announcement-unknown');
  });

  it('published: the same again changes nothing, another text is a revision', () => {
    given(published()).when(publish(), NOW).thenNothingHappened();
    given(published())
      .when(publish({ title: '另一则' }), NOW)
      .thenRejected('announcement-exists');
    given(published()).when(revise(), NOW).thenNothingHappened();
    given(published())
      .when(revise({ title: '另一则' }), NOW)
      .thenEvents([revised({ title: '另一则' })]);
    given(published(), revised({ title: '另一则' }))
      .when(revise(), NOW)
      .thenEvents([revised()]);
    given(published()).when(withdraw, NOW).thenEvents([withdrawn]);
  });

  it('withdrawn: stays withdrawn', () => {
    given(published(), withdrawn).when(withdraw, NOW).thenNothingHappened();
    given(published(), withdrawn).when(publish(), NOW).thenRejected('announcement-withdrawn');
    given(published(), withdrawn).when(revise(), NOW).thenRejected('announcement-withdrawn');
  });

  it('without a beginning is shown from its publication on, and keeps it', () => {
    const unbegun = (command: AnnouncementCommand) =>
      ({ ...command, shownFrom: null }) as AnnouncementCommand;
    const later = { now: at('2026-03-02', '10:00') };
    given().when(unbegun(publish()), NOW).thenEvents([published()]);
    given(published()).when(unbegun(publish()), later).thenNothingHappened();
    given(published())
      .when(unbegun(revise({ title: '另一则' })), later)
      .thenEvents([revised({ title: '另一则' })]);
  });

  it('is shown for some time', () => {
    for (const shownUntil of ['2026-03-01T10:00:00.000+08:00', '2026-02-28T10:00:00.000+08:00'])
      given().when(publish({ shownUntil }), NOW).thenRejected('announcement-span');
    const span = { shownFrom: '2026-04-01T00:00:00.000+08:00', shownUntil: '2026-03-02T00:00:00.000+08:00' };
    given(published()).when(revise(span), NOW).thenRejected('announcement-span');
  });

  it('that the system wrote is withdrawn, not revised', () => {
    const automatic = published({ kind: 'suspension' });
    given(automatic)
      .when(revise({ kind: 'suspension', title: '另一则' }), NOW)
      .thenRejected('announcement-automatic');
    given(automatic).when(revise(), NOW).thenRejected('announcement-automatic');
    given(published())
      .when(revise({ kind: 'substitution' }), NOW)
      .thenRejected('announcement-automatic');
    given(automatic).when(withdraw, NOW).thenEvents([withdrawn]);
  });
});

describe('the words of a change of a schedule', () => {
  const morning = { date: '2026-03-16', session: 'morning' } as const;

  it('say when, why and what to do', () => {
    expect(
      scheduleChangeWords({ kind: 'suspension', cause: 'surgery', starts: ['08:00', '08:15'] }, morning),
    ).toEqual({
      title: '3月16日上午门诊停诊',
      body: '因急诊手术，3月16日上午的门诊停诊（08:00、08:15开始的时段）。已有预约由医院取消，不计爽约，请改约其他号源。',
    });
    const whole = scheduleChangeWords({ kind: 'suspension', cause: 'other', starts: null }, morning);
    expect(whole.body).toMatch(/^3月16日上午的门诊停诊（全部时段）/);
    const other = scheduleChangeWords({ kind: 'substitution', cause: 'travel', starts: null }, morning);
    expect(other.title).toBe('3月16日上午门诊替诊');
    expect(other.body).toContain('预约继续有效');
  });
});
