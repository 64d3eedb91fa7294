import { OUTCOMES } from '@qingpu/contracts/codes/slot-tables';
import type { BookingDetail, BookingItem } from '@qingpu/contracts/http/slots';
import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import { plusDays } from '@qingpu/contracts/slots/shanghai-calendar';
import { shanghaiDate, shanghaiTimestamp } from '@qingpu/domains-kernel/clock';
import {
  type BookingPolicy,
  cancelDeadline,
  checkInWindow,
  endOf,
} from '@qingpu/domains-slots/booking-policy';
import { hospitalRefusalWords } from '@qingpu/domains-slots/orders-in-shared-mode';
import type { BookingPolicies } from '@qingpu/domains-slots/ports';
import type { BookingDetailLine, BookingLine } from '@qingpu/read-models-bookings/lines';
import type { Step } from '@qingpu/read-models-bookings/view';
import type { Freshness } from '@qingpu/read-models-kernel/view-reader';
import type { Payments } from '@qingpu/read-models-payments/queries';
import { type SlotPool, scheduleDocumentId } from '@qingpu/read-models-slot-pool/queries';
import type { ScheduleSummary } from '@qingpu/read-models-slot-pool/summaries';
import type { People } from '../residents/people.ts';
import { actorWords } from './actor-words.ts';
import type { DirectoryNames } from './directory-names.ts';

/** What the lines of bookings are joined with. */
export interface BookingItemSources {
  readonly pool: Pick<SlotPool, 'summaries'>;
  readonly names: DirectoryNames;
  readonly policies: BookingPolicies;
  readonly people: Pick<People, 'maskedNames'>;
  readonly payments: Pick<Payments, 'ofBookings'>;
  readonly now: () => Date;
}

/** Bookings as people read them: with names, the doctor who really comes, and what may be done now. */
export class BookingItems {
  readonly #sources: BookingItemSources;

  constructor(sources: BookingItemSources) {
    this.#sources = sources;
  }

  async all(lines: readonly BookingLine[]): Promise<BookingItem[]> {
    const { pool, people, payments, now } = this.#sources;
    const [schedules, persons, paid] = await Promise.all([
      pool.summaries(lines.map(({ slot }) => slot)),
      people.maskedNames([...new Set(lines.map(({ personId }) => personId))]),
      payments.ofBookings(
        lines.map(({ bookingId }) => bookingId),
        now(),
      ),
    ]);
    return Promise.all(
      lines.map(async (line) => ({
        ...(await this.#item(line, schedules.get(scheduleDocumentId(line.slot)), persons)),
        payment: paid.get(line.bookingId) ?? null,
      })),
    );
  }

  async detail(found: BookingDetailLine & Freshness): Promise<BookingDetail> {
    const [booking] = await this.all([found]);
    if (!booking) throw new Error('one booking was asked for');
    const policy = await this.#sources.policies.for(found.slot);
    const window = checkInWindow(policy, found.slot);
    return {
      booking,
      cancelBy: shanghaiTimestamp(cancelDeadline(policy, found.slot)),
      checkInFrom: shanghaiTimestamp(window.from),
      checkInUntil: shanghaiTimestamp(window.until),
      registrationNumber: found.registrationNumber,
      policyVersion: found.policyVersion,
      timeline: found.steps.map((step) => timelineItem(step, found, booking.institutionName)),
      asOf: found.asOf,
      stale: found.stale,
    };
  }

  async #item(
    line: BookingLine,
    schedule: ScheduleSummary | undefined,
    persons: ReadonlyMap<string, string>,
  ): Promise<Omit<BookingItem, 'payment'>> {
    const { slot } = line;
    const substituted = schedule !== undefined && schedule.doctorCode !== slot.doctorCode;
    const { tier: _tier, sensitivity: _sensitivity, ...place } = slot;
    const named = await this.#sources.names.join({
      ...place,
      doctorCode: schedule?.doctorCode ?? slot.doctorCode,
      doctorTitle: schedule?.doctorTitle ?? null,
      location: schedule?.location ?? '',
    });
    const policy = await this.#sources.policies.for(slot);
    return {
      ...named,
      bookingId: line.bookingId,
      orderNumber: line.orderNumber,
      state: line.state,
      outcome: line.outcome,
      modifiers: [...(substituted ? (['substituted'] as const) : []), ...line.modifiers],
      personId: line.personId,
      personName: persons.get(line.personId) ?? '—',
      channel: line.channel,
      bookedAt: line.bookedAt,
      updatedAt: line.updatedAt,
      may: whatMayBeDone(line, { policy, substituted, now: this.#sources.now() }),
    };
  }
}

interface Situation {
  readonly policy: BookingPolicy;
  readonly substituted: boolean;
  readonly now: Date;
}

/** What its owner may do now. The deciders decide again; this only spares people refusals. */
export function whatMayBeDone(
  line: BookingLine,
  { policy, substituted, now }: Situation,
): BookingItem['may'] {
  const { slot, outcome, state } = line;
  const open = outcome === null && endOf(slot) > now;
  const booked = open && state !== 'pending' && state !== 'held';
  const window = checkInWindow(policy, slot);
  return {
    cancel: open && !line.checkedIn && !line.registered,
    cancelRegistration: open && line.registered && !line.checkedIn,
    cancelIsLate: !substituted && now >= cancelDeadline(policy, slot),
    checkIn: outcome === null && booked && !line.checkedIn && now >= window.from && now <= window.until,
    register: booked && !line.registered && shanghaiDate(now) === slot.date,
    rebook: outcome === 'cancelledByHospital' && line.rehomedTo === null,
    appeal:
      (outcome === 'noShow' || outcome === 'lateCancelled') &&
      shanghaiDate(now) <= plusDays(slot.date, bookingSafeguards.appealWithinDays),
  };
}

function timelineItem(
  step: Step,
  { channel }: BookingLine,
  institutionName: string,
): BookingDetail['timeline'][number] {
  return {
    at: step.at,
    what: wordsOf(step),
    actor: actorWords(step.actor, institutionName),
    channel: step.what === 'booked' || step.what === 'held' ? channel : null,
    detail: detailOf(step),
  };
}

function detailOf({ reason, refusal }: Step): string | null {
  if (refusal !== undefined) return hospitalRefusalWords(refusal) ?? null;
  return reason === undefined || reason === '' ? null : reason;
}

function wordsOf({ what, outcome, late, refusal }: Step): string {
  if (refusal !== undefined) return '医院未确认，预约没有成立';
  switch (what) {
    case 'held':
      return '已锁号';
    case 'booked':
      return '预约成功';
    case 'checkedIn':
      return late ? '已签到（迟到）' : '已签到';
    case 'registered':
      return '预约转挂号';
    case 'ended':
      return outcome ? OUTCOMES[outcome] : '已结束';
    case 'corrected':
      return outcome ? `结果更正为${OUTCOMES[outcome]}` : '结果更正';
    case 'rehomed':
      return '已改约';
  }
}
