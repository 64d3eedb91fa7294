import type { Outcome } from '@qingpu/contracts/codes/slot-tables';
import {
  type ScheduleEvent,
  type SlotEvent,
  scheduleEvents,
  slotEvents,
} from '@qingpu/contracts/events/slots';
import type { EventPlace, Projection } from '@qingpu/read-models-kernel/view';
import type { ViewWrite } from '@qingpu/read-models-kernel/view-store';
import { type FenceCause, type ReleaseStep, type SlotRecord, slotPoolView } from './view.ts';

const catalogue = { ...scheduleEvents, ...slotEvents } as const;

type PoolEvent = ScheduleEvent | SlotEvent;
type Data<Type extends PoolEvent['type']> = Extract<PoolEvent, { type: Type }>['data'];
type Fields = Readonly<Record<string, unknown>>;

/**
 * Folds schedules and their slots into one document a schedule. Slots set their own fields inside it, so that nothing
 * is read and nothing is counted: whoever asks counts the slots themselves.
 */
export const slotPool: Projection<typeof catalogue> = {
  view: slotPoolView,
  catalogue,
  async project(event, place) {
    const writes = writesOf(event, place);
    return writes.map((write) => ({ ...write, guard: place.position }));
  },
};

type Write = Omit<ViewWrite, 'guard'>;

function writesOf(event: PoolEvent, place: EventPlace): readonly Write[] {
  const at = place.metadata.occurredAt;
  const schedule = (set: Fields): Write => ({
    collection: 'schedules',
    id: place.stream,
    set: { ...set, revision: place.revision },
  });
  switch (event.type) {
    case 'ScheduleRegistered':
      return [
        schedule({ ...detailFields(event.data, place), ...UNCHANGED, registeredAt: at }),
        ...releaseSteps(event.data, place, { settled: false }),
      ];
    case 'ScheduleAmended':
      return [schedule(detailFields(event.data, place)), ...releaseSteps(event.data, place, {})];
    case 'TierOpened':
      return [schedule({}), settled(place, event.data.tier)];
    case 'QuotaReturned':
      return [schedule({}), settled(place, 'return')];
    case 'SlotsAdded': {
      const { intervals } = event.data;
      return [
        schedule({ [`added.r${place.revision}`]: { revision: place.revision, intervals } }),
        { collection: 'additions', id: place.id, set: { schedule: place.stream, slotIds: idsOf(intervals) } },
      ];
    }
    case 'SlotsWithdrawn':
      return [schedule(fences(event.data.slotIds, event.data.withdrawalId, 'withdrawal'))];
    case 'ScheduleSuspended': {
      const { suspensionId, cause, reason, starts, slotIds } = event.data;
      const said = { cause, reason, starts, at };
      const suspension = Object.entries(said).map(([name, value]) => [
        `suspensions.${suspensionId}.${name}`,
        value,
      ]);
      return [
        schedule({ ...Object.fromEntries(suspension), ...fences(slotIds, suspensionId, 'suspension') }),
      ];
    }
    case 'SuspensionRevoked': {
      const { suspensionId, slotIds } = event.data;
      return [
        schedule({ [`suspensions.${suspensionId}.revokedAt`]: at, ...fences(slotIds, suspensionId, null) }),
      ];
    }
    case 'DoctorSubstituted': {
      const { substitutionId, doctorCode, doctorTitle, cause, reason } = event.data;
      const substitution = { substitutionId, doctorCode, doctorTitle, cause, reason, at };
      return [schedule({ substitution, substituteCode: doctorCode })];
    }
    case 'ScheduleClosed':
      return [
        schedule({ closed: { reason: event.data.reason, at } }),
        ...RELEASE_STEPS.map((step) => settled(place, step)),
      ];
    default:
      return [slotWrite(event, place)];
  }
}

const UNCHANGED = { substitution: null, substituteCode: null, closed: null };
const RELEASE_STEPS: readonly ReleaseStep[] = ['referral', 'community', 'contracted', 'public', 'return'];

function detailFields(data: Data<'ScheduleRegistered'>, { stream, revision }: EventPlace): Fields {
  const { institutionCode, scheduleId, details, mode, sensitivity, doctorTitle, plan } = data;
  return {
    institutionCode,
    scheduleId,
    ...details,
    mode,
    sensitivity,
    doctorTitle,
    plan,
    slotIds: idsOf(details.intervals),
    detailsRevision: revision,
    visitKey: `${details.date} ${details.intervals[0]?.start ?? ''} ${stream}`,
  };
}

function idsOf(intervals: Data<'SlotsAdded'>['intervals']): string[] {
  return intervals.flatMap(({ slots }) => slots.map(({ slotId }) => slotId));
}

function releaseSteps(
  { institutionCode, scheduleId, plan }: Data<'ScheduleRegistered'>,
  { stream }: EventPlace,
  first: Fields,
): Write[] {
  return RELEASE_STEPS.map((step) => {
    const plannedAt = step === 'return' ? plan.returnsAt : plan.opensAt[step];
    return {
      collection: 'release_steps',
      id: `${stream}:${step}`,
      set: { institutionCode, scheduleId, step, plannedAt, dueAt: Date.parse(plannedAt), ...first },
    };
  });
}

function settled({ stream }: EventPlace, step: ReleaseStep): Write {
  return { collection: 'release_steps', id: `${stream}:${step}`, set: { settled: true } };
}

/** The schedule fences its slots at once; each slot says the same a moment later. */
function fences(slotIds: readonly string[], causeId: string, cause: FenceCause | null): Fields {
  return Object.fromEntries(slotIds.map((slotId) => [`slots.${slotId}.fences.${causeId}`, cause]));
}

/** Fields of a slot's record; outcomes and fences by their ids. */
type SlotChange = Omit<SlotRecord, 'revision' | 'outcomes' | 'fences'> & Fields;

function slotWrite(event: SlotEvent, { revision }: EventPlace): Write {
  const { institutionCode, scheduleId, slotId } = 'slot' in event.data ? event.data.slot : event.data;
  const change = { ...slotChange(event), revision };
  return {
    collection: 'schedules',
    id: `schedule-${institutionCode}.${scheduleId}`,
    set: Object.fromEntries(
      Object.entries(change).map(([name, value]) => [`slots.${slotId}.${name}`, value]),
    ),
  };
}

function slotChange(event: SlotEvent): SlotChange {
  switch (event.type) {
    case 'SlotHeld':
      return { step: 'held', ...begun(event.data.booking.bookingId) };
    case 'SlotBooked':
      return { step: 'booked', ...begun(event.data.booking.bookingId) };
    case 'HoldExpired':
      return { step: 'free', returnsAt: null, ...ended(event.data.bookingId, 'expired') };
    case 'BookingCancelled': {
      const { bookingId, outcome, returnsAt } = event.data;
      return { step: 'free', returnsAt, ...ended(bookingId, outcome) };
    }
    case 'SlotFenced': {
      const { causeId, cause, displaced } = event.data;
      const calledOff = displaced && {
        step: 'free' as const,
        returnsAt: null,
        ...ended(displaced.bookingId, 'cancelledByHospital'),
      };
      return { ...calledOff, [`fences.${causeId}`]: cause };
    }
    case 'SlotUnfenced':
      return { [`fences.${event.data.causeId}`]: null };
    case 'PatientCheckedIn':
      return { checkedIn: true };
    case 'BookingRegistered':
      return { registered: true };
    case 'BookingFulfilled':
      return { step: 'closed', ...ended(event.data.bookingId, 'fulfilled') };
    case 'NoShowReported':
      return { step: 'closed', ...ended(event.data.bookingId, 'noShow') };
    case 'BookingUnreported':
      return { step: 'closed', ...ended(event.data.bookingId, 'unreported') };
    case 'OutcomeCorrected':
      // The slot may be another's by now: only the story of that booking changes.
      return ended(event.data.bookingId, event.data.to);
    case 'ClaimVoided':
    case 'RegistrationRefused':
    case 'BookingRehomed':
      return {};
  }
}

function begun(bookingId: string): SlotChange {
  return { bookingId, returnsAt: null, checkedIn: false, registered: false };
}

function ended(bookingId: string, outcome: Outcome): SlotChange {
  return { [`outcomes.${bookingId}`]: outcome };
}
