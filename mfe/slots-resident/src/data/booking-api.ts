import type { Page } from '@qingpu/contracts/http/paging';
import {
  type Announcement,
  actResultSchema,
  announcementPageSchema,
  appealSchema,
  type Book,
  type BookingDetail,
  type BookingItem,
  type BookingResult,
  bookingDetailSchema,
  bookingPageSchema,
  bookingResultSchema,
  cancelResultSchema,
  type Days,
  daysSchema,
  type Intervals,
  intervalsSchema,
  type JoinWaitlist,
  type PaymentAnswer,
  paymentSchema,
  type RegistrationResult,
  registrationResultSchema,
  type ScheduleItem,
  type Standing,
  schedulesPageSchema,
  standingSchema,
  type WaitlistItem,
  waitlistPageSchema,
} from '@qingpu/contracts/http/slots';
import type { ApiClient } from '@qingpu/mfe-kit/api-client';
import type { Submission } from '@qingpu/mfe-kit/submission';
import type { PageWanted } from '@qingpu/mfe-kit/vue/use-growing-list';

/** What of the pool is asked for. */
export interface Wanted {
  readonly institution: string;
  readonly department?: string | undefined;
  readonly doctor?: string | undefined;
  readonly kind?: string | undefined;
}

export type CancelResult = (typeof cancelResultSchema)['_output'];
export type ActResult = (typeof actResultSchema)['_output'];
export type Appeal = (typeof appealSchema)['_output'];
export type BookingsView = 'upcoming' | 'past' | 'registered';

/** Reading the slot pool and booking in it. Writes take the submission that holds their idempotency key. */
export interface BookingApi {
  days(wanted: Wanted, signal: AbortSignal): Promise<Days>;
  schedules(
    wanted: Wanted & { readonly date: string },
    page: PageWanted,
    signal: AbortSignal,
  ): Promise<Page<ScheduleItem>>;
  intervals(institution: string, schedule: string, signal: AbortSignal): Promise<Intervals>;
  announcements(
    institution: string | undefined,
    page: PageWanted,
    signal: AbortSignal,
  ): Promise<Page<Announcement>>;
  book(body: Book, submission: Submission): Promise<BookingResult>;
  bookings(
    view: BookingsView,
    page: PageWanted,
    signal: AbortSignal,
    after?: string,
  ): Promise<Page<BookingItem>>;
  booking(id: string, signal: AbortSignal, after?: string): Promise<BookingDetail>;
  cancel(id: string, reason: string | undefined, submission: Submission): Promise<CancelResult>;
  checkIn(id: string, submission: Submission): Promise<ActResult>;
  /** Registered at once, or once the fee is paid. */
  register(id: string, submission: Submission): Promise<RegistrationResult>;
  payment(id: string, signal: AbortSignal): Promise<PaymentAnswer>;
  /** The fee goes back by itself. */
  cancelRegistration(id: string, submission: Submission): Promise<CancelResult>;
  standing(person: string, signal: AbortSignal, after?: string): Promise<Standing>;
  appeal(body: Appeal, submission: Submission): Promise<ActResult>;
  wait(body: JoinWaitlist, submission: Submission): Promise<ActResult>;
  waitlist(page: PageWanted, signal: AbortSignal, after?: string): Promise<Page<WaitlistItem>>;
  confirmOffer(entry: string, submission: Submission): Promise<BookingResult>;
  stopWaiting(entry: string, submission: Submission): Promise<ActResult>;
}

const ROOT = '/api/slots';

export function createBookingApi(api: ApiClient): BookingApi {
  return {
    days: (wanted, signal) => api.read(`${ROOT}/days`, daysSchema, { query: { ...wanted }, signal }),
    schedules: (wanted, page, signal) =>
      api.read(`${ROOT}/schedules`, schedulesPageSchema, { query: { ...wanted, ...page }, signal }),
    intervals: (institution, schedule, signal) =>
      api.read(
        `${ROOT}/schedules/${institution}/${encodeURIComponent(schedule)}/intervals`,
        intervalsSchema,
        {
          signal,
        },
      ),
    announcements: (institution, page, signal) =>
      api.read(`${ROOT}/announcements`, announcementPageSchema, { query: { institution, ...page }, signal }),
    book: (body, submission) =>
      api.write('POST', `${ROOT}/bookings`, bookingResultSchema, { body, submission }),
    bookings: (view, page, signal, after) =>
      api.read(`${ROOT}/bookings`, bookingPageSchema, { query: { view, ...page, after }, signal }),
    booking: (id, signal, after) =>
      api.read(`${ROOT}/bookings/${id}`, bookingDetailSchema, { query: { after }, signal }),
    cancel: (id, reason, submission) =>
      api.write('POST', `${ROOT}/bookings/${id}/cancellation`, cancelResultSchema, {
        body: reason === undefined ? {} : { reason },
        submission,
      }),
    checkIn: (id, submission) =>
      api.write('POST', `${ROOT}/bookings/${id}/check-in`, actResultSchema, { body: {}, submission }),
    register: (id, submission) =>
      api.write('POST', `${ROOT}/bookings/${id}/registration`, registrationResultSchema, {
        body: {},
        submission,
      }),
    payment: (id, signal) => api.read(`${ROOT}/bookings/${id}/payment`, paymentSchema, { signal }),
    cancelRegistration: (id, submission) =>
      api.write('POST', `${ROOT}/bookings/${id}/registration-cancellation`, cancelResultSchema, {
        body: {},
        submission,
      }),
    standing: (person, signal, after) =>
      api.read(`${ROOT}/standing/${person}`, standingSchema, { query: { after }, signal }),
    wait: (body, submission) => api.write('POST', `${ROOT}/waitlist`, actResultSchema, { body, submission }),
    waitlist: (page, signal, after) =>
      api.read(`${ROOT}/waitlist`, waitlistPageSchema, { query: { ...page, after }, signal }),
    confirmOffer: (entry, submission) =>
      api.write('POST', `${ROOT}/waitlist/${entry}/confirmation`, bookingResultSchema, {
        body: {},
        submission,
      }),
    stopWaiting: (entry, submission) =>
      api.write('POST', `${ROOT}/waitlist/${entry}/departure`, actResultSchema, { body: {}, submission }),
    appeal: (body, submission) => api.write('POST', `${ROOT}/appeals`, actResultSchema, { body, submission }),
  };
}
