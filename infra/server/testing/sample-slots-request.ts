import { syntheticResident } from '@qingpu/data/residents';
import { shanghaiDate } from '@qingpu/domains-kernel/clock';
import { inDays, sampleSchedule } from './booking-resident.ts';
import { SAMPLE_CODES } from './sample-hospital.ts';
import { SAMPLE_PERSON_ID } from './sample-resident.ts';

/** Ids that nothing has. */
const NOTHING = SAMPLE_PERSON_ID;
const SCHEDULE = 'P-NOBODY';

/** What a valid request of a route of slots carries. */
export interface SlotsRequest {
  /** With its question mark, or empty. */
  readonly query: string;
  readonly body: object | undefined;
}

/** A valid query and body for each route of slots, as `METHOD /path`; undefined for other routes. */
export function slotsRequest(route: string, institutionCode: string): SlotsRequest | undefined {
  const [method = '', path = ''] = route.split(' ');
  const known = path.startsWith('/api/slots/') || path.startsWith('/api/partner/v1/pool/');
  if (!known && !Object.hasOwn(PARTNER_BODIES, route)) return undefined;
  const body = { ...POOL_BODIES, ...PARTNER_BODIES, ...BODIES }[route]?.(institutionCode);
  const query = QUERIES[`${method === 'HEAD' ? 'GET' : method} ${path}`]?.(institutionCode) ?? '';
  return { query, body };
}

const today = () => shanghaiDate(new Date());

const QUERIES: Readonly<Record<string, (institutionCode: string) => string>> = {
  'GET /api/slots/days': (institution) => `?institution=${institution}`,
  'GET /api/slots/schedules': (institution) => `?institution=${institution}`,
  'GET /api/slots/closed-loop': () => `?from=${today()}&to=${today()}`,
  'GET /api/slots/trace': () => `?from=${today()}&to=${today()}`,
  'POST /api/slots/desk/schedules/import': () => '?check=true',
  'GET /api/partner/v1/pool/departments': (institution) => `?institution=${institution}`,
  'GET /api/partner/v1/pool/schedules': (institution) => `?institution=${institution}`,
};

type BodyOf = (institutionCode: string) => object;
const REASON = { reason: '权限测试，不作他用' };

const intervals = (institutionCode: string) => sampleSchedule(institutionCode, SCHEDULE).details.intervals;
const wish = (institutionCode: string) => ({
  institutionCode,
  scheduleId: SCHEDULE,
  start: '08:00',
  personId: NOTHING,
});
const announcement: BodyOf = (institutionCode) => ({
  kind: 'notice',
  title: '国庆放假',
  body: '放假期间不开设门诊。',
  institutionCode,
});
const ofSchedule: BodyOf = (institutionCode) => ({ institutionCode, scheduleId: SCHEDULE });

const stateReport: BodyOf = (institutionCode) => ({
  institutionCode,
  orderNumber: 'QP0000000000000000',
  state: 'registered',
  registrationNumber: 'GH-1',
  reason: null,
});

/** Somebody on a black list whom no other spec knows. */
function listed() {
  const { name, identityKind, identityNumber } = syntheticResident(1_999_998);
  const person = { name, identityKind, identityNumber, mobile: null };
  return { ...REASON, entryCode: 'B-1', person, kind: 'scalping', from: today(), until: null };
}

/** Somebody whom the register knows, at a schedule that is not there. */
function poolWish(institutionCode: string) {
  const { name, identityKind, identityNumber, mobile } = syntheticResident(1_999_997);
  const person = { name, identityKind, identityNumber, mobile };
  return { institutionCode, scheduleId: SCHEDULE, start: '08:00', person };
}

const POOL_BODIES: Readonly<Record<string, BodyOf>> = {
  'POST /api/partner/v1/pool/bookings': poolWish,
  'POST /api/partner/v1/pool/bookings/:id/cancellation': () => ({ reason: '患者要求取消' }),
};

const PARTNER_BODIES: Readonly<Record<string, BodyOf>> = {
  'POST /api/partner/v1/schedules': (code) => sampleSchedule(code, 'P-1'),
  'POST /api/partner/v1/schedules/batch': (code) => ({ items: [sampleSchedule(code, 'P-2')] }),
  'POST /api/partner/v1/schedule-additions': (code) => ({ ...ofSchedule(code), intervals: intervals(code) }),
  'POST /api/partner/v1/slot-withdrawals': (code) => ({ ...ofSchedule(code), ...REASON, slotIds: ['S1'] }),
  'POST /api/partner/v1/schedule-suspensions': (code) => ({
    ...ofSchedule(code),
    ...REASON,
    cause: 'travel',
  }),
  'POST /api/partner/v1/suspension-revocations': (code) => ({
    ...ofSchedule(code),
    ...REASON,
    suspensionId: NOTHING,
  }),
  'POST /api/partner/v1/schedule-substitutions': (code) => ({
    ...ofSchedule(code),
    ...REASON,
    cause: 'travel',
    doctorCode: SAMPLE_CODES.doctor,
  }),
  'POST /api/partner/v1/booking-landings': (institutionCode) => ({
    institutionCode,
    date: today(),
    submissionId: NOTHING,
    part: 1,
    parts: 1,
    orders: [],
  }),
  'POST /api/partner/v1/booking-states': stateReport,
  'POST /api/partner/v1/booking-states/batch': (code) => ({ items: [stateReport(code)] }),
  'POST /api/partner/v1/blacklist-entries': (institutionCode) => ({ institutionCode, ...listed() }),
  'POST /api/partner/v1/blacklist-appeals': (institutionCode) => ({
    ...REASON,
    institutionCode,
    entryCode: 'B-NOBODY',
    upheld: true,
  }),
  'POST /api/partner/v1/blacklist-landings': (institutionCode) => ({ institutionCode, entries: [listed()] }),
};

/** The routes on which hospitals speak of slots. */
export const PARTNER_SLOT_ROUTES: readonly string[] = Object.keys(PARTNER_BODIES);

/** The routes on which booking platforms write. */
export const POOL_ROUTES: readonly string[] = Object.keys(POOL_BODIES);

const BODIES: Readonly<Record<string, BodyOf>> = {
  'POST /api/slots/bookings': wish,
  'POST /api/slots/bookings/:id/cancellation': () => ({}),
  'POST /api/slots/bookings/:id/check-in': () => ({}),
  'POST /api/slots/bookings/:id/registration': () => ({}),
  'POST /api/slots/bookings/:id/registration-cancellation': () => ({}),
  'POST /api/slots/waitlist': wish,
  'POST /api/slots/waitlist/:entry/confirmation': () => ({}),
  'POST /api/slots/waitlist/:entry/departure': () => ({}),
  'POST /api/slots/desk/platforms/:partner/quota': (institutionCode) => ({
    institutionCode,
    percent: 50,
    ...REASON,
  }),
  'POST /api/slots/desk/contracts/:institution/verification': () => ({ kinds: ['outpatient'] }),
  'POST /api/slots/desk/contracts/:institution/withholding': () => ({ kinds: ['outpatient'], ...REASON }),
  'POST /api/slots/desk/contracts/:institution/offering': () => ({ kinds: ['outpatient'], ...REASON }),
  'POST /api/slots/appeals': () => ({
    personId: NOTHING,
    subject: { kind: 'booking', id: NOTHING },
    statement: '当天已到院就诊',
  }),
  'POST /api/slots/desk/schedules/:institution/:schedule/suspensions': () => ({ ...REASON, cause: 'travel' }),
  'POST /api/slots/desk/schedules/:institution/:schedule/suspensions/:suspension/revocation': () => REASON,
  'POST /api/slots/desk/schedules/:institution/:schedule/substitutions': () => ({
    ...REASON,
    cause: 'travel',
    doctorCode: SAMPLE_CODES.doctor,
  }),
  'POST /api/slots/desk/schedules/:institution/:schedule/closure': () => REASON,
  'POST /api/slots/desk/bookings': (code) => ({ ...wish(code), channel: 'phone' }),
  'POST /api/slots/desk/bookings/search': () => ({ patient: '王小明' }),
  'POST /api/slots/desk/bookings/:id/cancellation': () => REASON,
  'POST /api/slots/desk/bookings/:id/registration-cancellation': () => REASON,
  'POST /api/slots/desk/payments/:payment/refund-retry': () => ({ refundNumber: 'ZF0T01' }),
  'POST /api/slots/desk/statements/:institution/:date/comparison': () => ({}),
  'POST /api/slots/desk/statements/:institution/:date/settlement': () => ({
    ...REASON,
    subject: 'payment',
    number: 'ZF0',
  }),
  'POST /api/slots/desk/payments/:payment/refund-settlement': () => ({ ...REASON, refundNumber: 'ZF0T01' }),
  'POST /api/slots/desk/bookings/:id/outcome': () => ({ ...REASON, outcome: 'fulfilled' }),
  'POST /api/slots/desk/differences/settlement': (institutionCode) => ({
    ...REASON,
    institutionCode,
    date: inDays(-1),
    orderNumber: 'QP1',
    resolution: 'explained',
  }),
  'POST /api/slots/desk/appeals/:id/decision': () => ({ ...REASON, upheld: true }),
  'POST /api/slots/desk/rights/:person/relief': () => REASON,
  'POST /api/slots/desk/blocks/search': () => ({ patient: '王小明' }),
  'POST /api/slots/desk/blocks': (scope) => ({ ...REASON, personId: NOTHING, kind: 'scalping', scope }),
  'POST /api/slots/desk/blocks/:id/lifting': () => REASON,
  'POST /api/slots/desk/announcements': announcement,
  'PUT /api/slots/desk/announcements/:id': announcement,
  'POST /api/slots/desk/announcements/:id/withdrawal': () => REASON,
};

/** The routes of residents and the desk about slots that carry a body. */
export const SLOT_ROUTES_WITH_BODY: readonly string[] = Object.keys(BODIES);
