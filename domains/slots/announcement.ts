import { isDeepStrictEqual } from 'node:util';
import { SESSIONS, SUSPENSION_REASONS, type SuspensionReason } from '@qingpu/contracts/codes/slot-tables';
import type { WithdrawAnnouncementCommand } from '@qingpu/contracts/commands/slots';
import type { AnnouncementEvent, ScheduleDetails } from '@qingpu/contracts/events/slots';
import { shanghaiTimestamp } from '@qingpu/domains-kernel/clock';
import type { DecisionTime } from '@qingpu/domains-kernel/command-handling';
import type { Decider } from '@qingpu/domains-kernel/decider';
import {
  announcementAutomatic,
  announcementExists,
  announcementSpan,
  announcementUnknown,
  announcementWithdrawn,
} from './rejections.ts';

export type AnnouncementText = Extract<AnnouncementEvent, { type: 'AnnouncementPublished' }>['data'];

/** As it is written: without a beginning it is shown from its publication on. */
export type WrittenAnnouncement = Omit<AnnouncementText, 'shownFrom'> & { readonly shownFrom: string | null };

export type AnnouncementCommand =
  | (WrittenAnnouncement & { readonly type: 'PublishAnnouncement' | 'ReviseAnnouncement' })
  | WithdrawAnnouncementCommand;

export type AnnouncementState =
  | { readonly status: 'absent' }
  | { readonly status: 'published' | 'withdrawn'; readonly text: AnnouncementText };

/** The write side of an announcement (预约公告): published, revised, withdrawn. */
export const announcement: Decider<AnnouncementState, AnnouncementCommand, AnnouncementEvent, DecisionTime> =
  {
    initialState: { status: 'absent' },
    evolve(state, event) {
      if (event.type !== 'AnnouncementWithdrawn') return { status: 'published', text: event.data };
      return state.status === 'absent' ? state : { ...state, status: 'withdrawn' };
    },
    decide(state, command, { now }) {
      if (command.type === 'WithdrawAnnouncement') return withdraw(state, command);
      const { type, ...written } = command;
      const shownFrom = written.shownFrom ?? shownSince(state) ?? shanghaiTimestamp(now);
      const text = { ...written, shownFrom };
      return type === 'PublishAnnouncement' ? publish(state, text, now) : revise(state, text, now);
    },
  };

function shownSince(state: AnnouncementState): string | undefined {
  return state.status === 'absent' ? undefined : state.text.shownFrom;
}

function publish(state: AnnouncementState, text: AnnouncementText, now: Date): readonly AnnouncementEvent[] {
  if (state.status === 'withdrawn') throw announcementWithdrawn();
  if (state.status === 'published') {
    if (isDeepStrictEqual(state.text, text)) return [];
    throw announcementExists();
  }
  checkSpan(text, now);
  return [{ type: 'AnnouncementPublished', data: text }];
}

function revise(state: AnnouncementState, text: AnnouncementText, now: Date): readonly AnnouncementEvent[] {
  if (state.status === 'absent') throw announcementUnknown();
  if (state.status === 'withdrawn') throw announcementWithdrawn();
  if (isDeepStrictEqual(state.text, text)) return [];
  if (isAutomatic(state.text) || isAutomatic(text)) throw announcementAutomatic();
  checkSpan(text, now);
  return [{ type: 'AnnouncementRevised', data: text }];
}

function withdraw(
  state: AnnouncementState,
  { announcementId, reason }: WithdrawAnnouncementCommand,
): readonly AnnouncementEvent[] {
  if (state.status === 'absent') throw announcementUnknown();
  if (state.status === 'withdrawn') return [];
  return [{ type: 'AnnouncementWithdrawn', data: { announcementId, reason } }];
}

function isAutomatic({ kind }: AnnouncementText): boolean {
  return kind === 'suspension' || kind === 'substitution';
}

function checkSpan({ shownFrom, shownUntil }: AnnouncementText, now: Date): void {
  if (shownUntil === null) return;
  if (Date.parse(shownUntil) <= Math.max(Date.parse(shownFrom), now.getTime())) throw announcementSpan();
}

export interface ScheduleChange {
  readonly kind: 'suspension' | 'substitution';
  readonly cause: SuspensionReason;
  readonly starts: readonly string[] | null;
}

/**
 * What residents read of a suspension or a substitution. Names no doctor: what stands in the log stands there in clear
 * for ever. The screen adds institution, department and doctor by the schedule's codes.
 */
export function scheduleChangeWords(
  { kind, cause, starts }: ScheduleChange,
  { date, session }: Pick<ScheduleDetails, 'date' | 'session'>,
): { readonly title: string; readonly body: string } {
  const when = `${Number(date.slice(5, 7))}月${Number(date.slice(8, 10))}日${SESSIONS[session]}`;
  const why = cause === 'other' ? '' : `因${SUSPENSION_REASONS[cause]}，`;
  if (kind === 'substitution')
    return {
      title: `${when}门诊替诊`,
      body: `${why}${when}的门诊由同级或以上职称的医生替诊，预约继续有效。如不便就诊，可以退号，不计逾期。`,
    };
  const which = starts ? `${starts.join('、')}开始的时段` : '全部时段';
  return {
    title: `${when}门诊停诊`,
    body: `${why}${when}的门诊停诊（${which}）。已有预约由医院取消，不计爽约，请改约其他号源。`,
  };
}
