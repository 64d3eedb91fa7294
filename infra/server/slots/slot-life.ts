import { createHash } from 'node:crypto';
import { CHANNEL_KINDS, type ChannelKind } from '@qingpu/contracts/codes/directory-tables';
import { OUTCOMES, SUSPENSION_REASONS, TIERS } from '@qingpu/contracts/codes/slot-tables';
import {
  type ScheduleEvent,
  type SlotEvent,
  scheduleEvents,
  slotEvents,
} from '@qingpu/contracts/events/slots';
import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import type { SlotLife } from '@qingpu/contracts/http/slots';
import { readEvents } from '@qingpu/domains-kernel/read-stream';
import { hospitalRefusalWords } from '@qingpu/domains-slots/orders-in-shared-mode';
import { type SlotState, slot } from '@qingpu/domains-slots/slot';

type Step = SlotLife['steps'][number];

export interface LifeSources {
  /** The streams of the slot and its schedule, whole. */
  readonly slot: readonly StoredEvent[];
  readonly schedule: readonly StoredEvent[];
  readonly slotId: string;
  /** Who did it, in words without personal data. */
  readonly actorOf: (stored: StoredEvent) => string;
}

/**
 * A slot's life from the log itself: what its schedule says of it and what happened to it, in the order of the log.
 * Bookings are numbered as they come; nobody is named. The digest chains SM3 over every event: whoever holds the log
 * can compute it again, and a changed, missing or moved event gives another one.
 */
export function slotLife(sources: LifeSources): Omit<SlotLife, 'slot'> {
  const bookings = new BookingNumbers();
  const schedule = sources.schedule.flatMap((stored) => scheduleStep(stored, sources));
  const own = sources.slot.flatMap((stored) => slotStep(stored, sources, bookings));
  const told = [...schedule, ...own].sort((one, other) =>
    BigInt(one.step.position) < BigInt(other.step.position) ? -1 : 1,
  );
  return {
    steps: told.map(({ step }) => step),
    proof: { algorithm: 'SM3-chain', digest: chained(told.map(({ stored }) => stored)), events: told.length },
    explained: isExplained(sources.slot),
  };
}

interface Told {
  readonly step: Step;
  readonly stored: StoredEvent;
}

/** SM3 over the digest so far and one line an event: position, id, type and data. */
function chained(events: readonly StoredEvent[]): string {
  let digest = '';
  for (const { position, id, type, data } of events) {
    const line = `${digest}\n${position}\n${id}\n${type}\n${JSON.stringify(data)}`;
    digest = createHash('sm3').update(line).digest('hex');
  }
  return digest;
}

/** Every event changes the slot's state as the rules of its life say, and revisions count without a gap. */
function isExplained(stored: readonly StoredEvent[]): boolean {
  if (stored.some(({ revision }, index) => revision !== index)) return false;
  let state: SlotState = slot.initialState;
  for (const event of readEvents(slotEvents, stored)) {
    if (!mayFollow(state, event)) return false;
    state = slot.evolve(state, event);
  }
  return true;
}

/** Whether an event may follow: one live booking at most, and only what lives can go on or end. */
function mayFollow(state: SlotState, { type, data }: SlotEvent): boolean {
  switch (type) {
    case 'SlotHeld':
      return state.live === null;
    case 'SlotBooked':
      return state.live === null || state.live.booking.bookingId === data.booking.bookingId;
    case 'SlotFenced':
      return data.displaced === null || state.live?.booking.bookingId === data.displaced.bookingId;
    case 'SlotUnfenced':
      return state.fences.has(data.causeId);
    case 'ClaimVoided':
      return state.live?.booking.bookingId !== data.bookingId;
    case 'RegistrationRefused':
      return true;
    case 'OutcomeCorrected':
      return state.ended.get(data.bookingId)?.outcome === data.from;
    case 'BookingRehomed':
      return state.ended.has(data.bookingId);
    default:
      return state.live?.booking.bookingId === data.bookingId;
  }
}

/** 预约①, 预约②, … in the order in which they are met. */
class BookingNumbers {
  readonly #numbers = new Map<string, number>();

  nameOf(bookingId: string): string {
    const number = this.#numbers.get(bookingId) ?? this.#numbers.size + 1;
    this.#numbers.set(bookingId, number);
    return number <= 20 ? `预约${String.fromCodePoint(0x245f + number)}` : `预约${number}`;
  }
}

function scheduleStep(stored: StoredEvent, sources: LifeSources): Told[] {
  const [event] = readEvents(scheduleEvents, [stored]);
  if (!event || !concerns(event, sources.slotId)) return [];
  const { what, detail } = scheduleWords(event);
  const policyVersion = 'plan' in event.data ? event.data.plan.policyVersion : null;
  return [told(stored, sources, 'schedule', { what, detail, policyVersion })];
}

/** Whether what happened to the schedule touches this slot. */
function concerns({ type, data }: ScheduleEvent, slotId: string): boolean {
  switch (type) {
    case 'SlotsWithdrawn':
    case 'ScheduleSuspended':
    case 'SuspensionRevoked':
      return data.slotIds.includes(slotId);
    case 'SlotsAdded':
      return data.intervals.some(({ slots }) => slots.some((each) => each.slotId === slotId));
    default:
      return true;
  }
}

function scheduleWords(event: ScheduleEvent): { readonly what: string; readonly detail: string | null } {
  switch (event.type) {
    case 'ScheduleRegistered':
      return { what: '排班登记', detail: null };
    case 'ScheduleAmended':
      return { what: '排班修改', detail: null };
    case 'TierOpened':
      return { what: `${TIERS[event.data.tier]}号源开放`, detail: null };
    case 'QuotaReturned':
      return { what: '未用号源转公众', detail: null };
    case 'SlotsAdded':
      return { what: '增加号源', detail: null };
    case 'SlotsWithdrawn':
      return { what: '撤回号源', detail: event.data.reason };
    case 'ScheduleSuspended':
      return { what: '停诊', detail: `${SUSPENSION_REASONS[event.data.cause]}：${event.data.reason}` };
    case 'SuspensionRevoked':
      return { what: '撤销停诊', detail: event.data.reason };
    case 'DoctorSubstituted':
      return { what: '替诊', detail: `${SUSPENSION_REASONS[event.data.cause]}：${event.data.reason}` };
    case 'ScheduleClosed':
      return { what: '关闭预约', detail: event.data.reason };
  }
}

function slotStep(stored: StoredEvent, sources: LifeSources, bookings: BookingNumbers): Told[] {
  const [event] = readEvents(slotEvents, [stored]);
  if (!event) return [];
  const { what, detail } = slotWords(event);
  const bookingId = bookingOf(event);
  const facts = 'booking' in event.data ? event.data.booking : undefined;
  return [
    told(stored, sources, 'slot', {
      what,
      detail,
      booking: bookingId === undefined ? null : bookings.nameOf(bookingId),
      channel: facts?.channel ?? null,
      policyVersion: facts?.policyVersion ?? null,
    }),
  ];
}

function bookingOf({ data }: SlotEvent): string | undefined {
  if ('booking' in data) return data.booking.bookingId;
  if ('bookingId' in data) return data.bookingId;
  return 'displaced' in data ? data.displaced?.bookingId : undefined;
}

const HOLDS = { prepayment: '待支付锁号', shared: '待医院确认锁号', waitlist: '候补锁号' } as const;

function slotWords(event: SlotEvent): { readonly what: string; readonly detail: string | null } {
  switch (event.type) {
    case 'SlotHeld':
      return { what: HOLDS[event.data.purpose], detail: null };
    case 'SlotBooked':
      return { what: '预约成功', detail: null };
    case 'HoldExpired':
      return event.data.refusal === undefined
        ? { what: '锁号过期释放', detail: null }
        : { what: '医院未确认，释放锁号', detail: hospitalRefusalWords(event.data.refusal) ?? null };
    case 'BookingCancelled':
      return { what: OUTCOMES[event.data.outcome], detail: event.data.reason || null };
    case 'ClaimVoided':
      return { what: '未完成的预约作废', detail: null };
    case 'SlotFenced':
      return {
        what: event.data.cause === 'suspension' ? '停诊锁定' : '撤回锁定',
        detail: event.data.displaced ? '原预约由医院取消，不计爽约' : null,
      };
    case 'SlotUnfenced':
      return { what: '解除锁定', detail: null };
    case 'PatientCheckedIn':
      return { what: event.data.late ? '签到（迟到）' : '签到', detail: null };
    case 'BookingRegistered':
      return { what: '预约转挂号', detail: event.data.paymentId ? '已线上支付' : null };
    case 'RegistrationRefused':
      return { what: '支付后未能挂号，退费', detail: null };
    case 'BookingFulfilled':
      return { what: '已履约', detail: null };
    case 'NoShowReported':
      return { what: '爽约', detail: null };
    case 'BookingUnreported':
      return { what: '未反馈', detail: null };
    case 'OutcomeCorrected':
      return {
        what: '结果更正',
        detail: `${OUTCOMES[event.data.from]} 改为 ${OUTCOMES[event.data.to]}：${event.data.reason}`,
      };
    case 'BookingRehomed':
      return { what: '已改约', detail: null };
  }
}

function told(
  stored: StoredEvent,
  { actorOf }: LifeSources,
  stream: Step['stream'],
  words: Pick<Step, 'what' | 'detail'> &
    Partial<Pick<Step, 'booking' | 'policyVersion'>> & { channel?: ChannelKind | null },
): Told {
  const step: Step = {
    position: String(stored.position),
    stream,
    revision: stored.revision,
    eventType: stored.type,
    at: stored.metadata.occurredAt,
    what: words.what,
    actor: actorOf(stored),
    channel: words.channel ?? null,
    policyVersion: words.policyVersion ?? null,
    booking: words.booking ?? null,
    detail: words.detail,
  };
  return { step, stored };
}

/** Chinese name of a channel, for timelines. */
export function channelName(channel: ChannelKind): string {
  return CHANNEL_KINDS[channel];
}
