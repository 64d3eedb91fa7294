import { platformsSchema } from '@qingpu/contracts/http/channel-quotas';
import type { Page } from '@qingpu/contracts/http/paging';
import {
  type Contracts,
  contractsSchema,
  type Verification,
  verificationSchema,
  withholdResultSchema,
} from '@qingpu/contracts/http/partner-contracts';
import {
  foundPersonsSchema,
  type MaskedPerson,
  type PreviewItem,
  personResultSchema,
  previewPageSchema,
  previewResultSchema,
} from '@qingpu/contracts/http/residents';
import {
  type Announcement,
  actResultSchema,
  announcementPageSchema,
  type appealItemSchema,
  appealPageSchema,
  type BookingDetail,
  type BookingItem,
  type blockItemSchema,
  blockPageSchema,
  bookingDetailSchema,
  bookingPageSchema,
  cancelResultSchema,
  type DeskSchedule,
  type DeskScheduleDetail,
  deskScheduleDetailSchema,
  deskSchedulePageSchema,
  differencePageSchema,
  type differenceSchema,
  suspendResultSchema,
  type Today,
  todaySchema,
} from '@qingpu/contracts/http/slots';
import type { ApiClient } from '@qingpu/mfe-kit/api-client';
import type { QueryValues } from '@qingpu/mfe-kit/query-state';
import type { Submission } from '@qingpu/mfe-kit/submission';

export type Appeal = (typeof appealItemSchema)['_output'];
export type Block = (typeof blockItemSchema)['_output'];
export type Difference = (typeof differenceSchema)['_output'];
export type BookingPlatforms = (typeof platformsSchema)['_output'];
export type ActResult = { readonly position: string };
export type { MaskedPerson, PreviewItem };

export interface ScheduleAddress {
  readonly institutionCode: string;
  readonly scheduleId: string;
}

/** Everything that the desk reads and does about slots; writes take the submission that holds their idempotency key. */
export interface SlotsApi {
  today(query: QueryValues, signal: AbortSignal): Promise<Today>;
  schedules(query: QueryValues, signal: AbortSignal): Promise<Page<DeskSchedule>>;
  schedule(
    address: ScheduleAddress,
    after: string | undefined,
    signal: AbortSignal,
  ): Promise<DeskScheduleDetail>;
  changeSchedule(
    address: ScheduleAddress,
    act: string,
    body: unknown,
    submission: Submission,
  ): Promise<ActResult>;
  bookings(query: QueryValues, signal: AbortSignal): Promise<Page<BookingItem>>;
  searchBookings(body: object, signal: AbortSignal): Promise<Page<BookingItem>>;
  booking(id: string, after: string | undefined, signal: AbortSignal): Promise<BookingDetail>;
  actOnBooking(id: string, act: string, body: unknown, submission: Submission): Promise<ActResult>;
  blocks(body: object, signal: AbortSignal): Promise<Page<Block>>;
  block(body: unknown, submission: Submission): Promise<ActResult>;
  lift(blockId: string, reason: string, submission: Submission): Promise<ActResult>;
  appeals(query: QueryValues, signal: AbortSignal): Promise<Page<Appeal>>;
  decide(appealId: string, body: unknown, submission: Submission): Promise<ActResult>;
  differences(query: QueryValues, signal: AbortSignal): Promise<Page<Difference>>;
  settle(body: unknown, submission: Submission): Promise<ActResult>;
  announcements(query: QueryValues, signal: AbortSignal): Promise<Page<Announcement>>;
  announce(body: unknown, submission: Submission): Promise<ActResult>;
  revise(id: string, body: unknown, revision: number, submission: Submission): Promise<ActResult>;
  withdraw(id: string, reason: string, submission: Submission): Promise<ActResult>;
  previews(body: object, signal: AbortSignal): Promise<Page<PreviewItem>>;
  grantPreview(body: unknown, submission: Submission): Promise<ActResult>;
  revokePreview(item: PreviewItem, reason: string, submission: Submission): Promise<ActResult>;
  contracts(query: QueryValues, signal: AbortSignal): Promise<Contracts>;
  verifyContract(institutionCode: string, submission: Submission): Promise<Verification>;
  /** Withholds slots of these kinds by hand, or lets them be offered again. */
  decideOffering(
    act: 'withholding' | 'offering',
    institutionCode: string,
    body: { readonly kinds: readonly string[]; readonly reason: string },
    submission: Submission,
  ): Promise<ActResult>;
  platforms(after: string | undefined, signal: AbortSignal): Promise<BookingPlatforms>;
  setQuota(
    partnerId: string,
    body: {
      readonly institutionCode: string | null;
      readonly percent: number | null;
      readonly reason: string;
    },
    submission: Submission,
  ): Promise<ActResult>;
  findPersons(body: object, signal?: AbortSignal): Promise<readonly MaskedPerson[]>;
  registerCaller(
    body: unknown,
    submission: Submission,
  ): Promise<{ readonly personId: string; readonly position: string }>;
}

const DESK = '/api/slots/desk';
const PEOPLE = '/api/residents';

export function createSlotsApi(api: ApiClient): SlotsApi {
  const scheduleAt = ({ institutionCode, scheduleId }: ScheduleAddress) =>
    `${DESK}/schedules/${institutionCode}/${encodeURIComponent(scheduleId)}`;
  return {
    today: (query, signal) => api.read(`${DESK}/today`, todaySchema, { query, signal }),
    schedules: (query, signal) => api.read(`${DESK}/schedules`, deskSchedulePageSchema, { query, signal }),
    schedule: (address, after, signal) =>
      api.read(scheduleAt(address), deskScheduleDetailSchema, { query: { after }, signal }),
    changeSchedule: (address, act, body, submission) =>
      api.write(
        'POST',
        `${scheduleAt(address)}/${act}`,
        act === 'suspensions' ? suspendResultSchema : actResultSchema,
        { body, submission },
      ),
    bookings: (query, signal) => api.read(`${DESK}/bookings`, bookingPageSchema, { query, signal }),
    searchBookings: (body, signal) =>
      api.write('POST', `${DESK}/bookings/search`, bookingPageSchema, { body, signal }),
    booking: (id, after, signal) =>
      api.read(`${DESK}/bookings/${id}`, bookingDetailSchema, { query: { after }, signal }),
    actOnBooking: (id, act, body, submission) =>
      api.write(
        'POST',
        `${DESK}/bookings/${id}/${act}`,
        act === 'outcome' ? actResultSchema : cancelResultSchema,
        { body, submission },
      ),
    blocks: (body, signal) => api.write('POST', `${DESK}/blocks/search`, blockPageSchema, { body, signal }),
    block: (body, submission) => api.write('POST', `${DESK}/blocks`, actResultSchema, { body, submission }),
    lift: (blockId, reason, submission) =>
      api.write('POST', `${DESK}/blocks/${blockId}/lifting`, actResultSchema, {
        body: { reason },
        submission,
      }),
    appeals: (query, signal) => api.read(`${DESK}/appeals`, appealPageSchema, { query, signal }),
    decide: (appealId, body, submission) =>
      api.write('POST', `${DESK}/appeals/${appealId}/decision`, actResultSchema, { body, submission }),
    differences: (query, signal) => api.read(`${DESK}/differences`, differencePageSchema, { query, signal }),
    settle: (body, submission) =>
      api.write('POST', `${DESK}/differences/settlement`, actResultSchema, { body, submission }),
    announcements: (query, signal) =>
      api.read('/api/slots/announcements', announcementPageSchema, { query, signal }),
    announce: (body, submission) =>
      api.write('POST', `${DESK}/announcements`, actResultSchema, { body, submission }),
    revise: (id, body, revision, submission) =>
      api.write('PUT', `${DESK}/announcements/${id}`, actResultSchema, {
        body,
        submission,
        ifRevision: revision,
      }),
    withdraw: (id, reason, submission) =>
      api.write('POST', `${DESK}/announcements/${id}/withdrawal`, actResultSchema, {
        body: { reason },
        submission,
      }),
    previews: (body, signal) =>
      api.write('POST', `${PEOPLE}/previews/search`, previewPageSchema, { body, signal }),
    grantPreview: (body, submission) =>
      api.write('POST', `${PEOPLE}/previews`, previewResultSchema, { body, submission }),
    revokePreview: ({ personId, channel, service }, reason, submission) =>
      api.write('DELETE', `${PEOPLE}/previews/${personId}/${channel}/${service}`, previewResultSchema, {
        body: { reason },
        submission,
      }),
    contracts: (query, signal) => api.read(`${DESK}/contracts`, contractsSchema, { query, signal }),
    verifyContract: (institutionCode, submission) =>
      api.write('POST', `${DESK}/contracts/${institutionCode}/verification`, verificationSchema, {
        body: { kinds: null },
        submission,
      }),
    decideOffering: (act, institutionCode, body, submission) =>
      api.write('POST', `${DESK}/contracts/${institutionCode}/${act}`, withholdResultSchema, {
        body,
        submission,
      }),
    platforms: (after, signal) =>
      api.read(`${DESK}/platforms`, platformsSchema, { query: { after }, signal }),
    setQuota: (partnerId, body, submission) =>
      api.write('POST', `${DESK}/platforms/${partnerId}/quota`, actResultSchema, { body, submission }),
    findPersons: async (body, signal) =>
      (await api.write('POST', `${PEOPLE}/desk/search`, foundPersonsSchema, { body, signal })).items,
    registerCaller: (body, submission) =>
      api.write('POST', `${PEOPLE}/desk/callers`, personResultSchema, { body, submission }),
  };
}
