import type { ChannelKind } from '@qingpu/contracts/codes/directory-tables';
import type { Outcome } from '@qingpu/contracts/codes/slot-tables';
import type { ViewFilter } from '@qingpu/read-models-kernel/view-store';
import type { BookingState } from './view.ts';

/** What narrows bookings. Every part may be left out; dates of visits are YYYY-MM-DD and both included. */
export interface BookingFilter {
  readonly institution?: string | undefined;
  readonly scheduleId?: string | undefined;
  /** Departments of the second level. */
  readonly departments?: readonly string[] | undefined;
  /** The doctor who was to come when it was booked. */
  readonly doctor?: string | undefined;
  readonly channel?: ChannelKind | undefined;
  readonly state?: BookingState | undefined;
  readonly outcomes?: readonly Outcome[] | undefined;
  /** Whether it ever became a registration. */
  readonly registered?: boolean | undefined;
  /** The platform's or the hospital's number of the order. */
  readonly order?: string | undefined;
  /** Whose bookings; the host finds persons by what names them. */
  readonly persons?: readonly string[] | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

export function bookingFilter(filter: BookingFilter): ViewFilter {
  const { institution, scheduleId, departments, doctor, channel, state, registered, order, persons } = filter;
  return {
    ...(institution !== undefined && { 'slot.institutionCode': institution }),
    ...(scheduleId !== undefined && { 'slot.scheduleId': scheduleId }),
    ...(departments !== undefined && { 'slot.departmentCode': { $in: departments } }),
    ...(doctor !== undefined && { 'slot.doctorCode': doctor }),
    ...(channel !== undefined && { 'booking.channel': channel }),
    ...(persons !== undefined && { 'booking.personId': { $in: persons } }),
    ...(order !== undefined && { $or: [{ 'booking.orderNumber': order }, { hospitalOrderNumber: order }] }),
    ...(registered !== undefined && { registered }),
    ...(state !== undefined && STATE_FILTERS[state]),
    ...outcomeFilter(filter),
    ...visitSpan(filter),
  };
}

const STATE_FILTERS: Readonly<Record<BookingState, ViewFilter>> = {
  pending: { phase: 'pending' },
  held: { phase: 'held' },
  booked: { phase: 'booked', checkedIn: false, registered: false },
  checkedIn: { phase: 'booked', checkedIn: true, registered: false },
  registered: { phase: 'booked', registered: true },
  closed: { phase: 'closed' },
};

/** An expired hold never was a booking: it is listed only for whoever asks for expired ones. */
function outcomeFilter({ outcomes }: BookingFilter): ViewFilter {
  return { outcome: outcomes === undefined ? { $ne: 'expired' } : { $in: outcomes } };
}

/** The keys of all visits on these days: a key begins with its date and a space, `~` comes after both. */
function visitSpan({ from, to }: BookingFilter): ViewFilter {
  if (from === undefined && to === undefined) return {};
  return {
    visitKey: { ...(from !== undefined && { $gte: from }), ...(to !== undefined && { $lt: `${to}~` }) },
  };
}
