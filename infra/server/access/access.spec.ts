import { DIRECTORY_KINDS, type DirectoryKind } from '@qingpu/contracts/events/institutions';
import { DIRECTORY_PATHS } from '@qingpu/contracts/http/institutions';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  type Answer,
  type ApiRequest,
  DeskClient,
  field,
  PartnerClient,
  send,
  signedHeaders,
} from '../testing/api-client.ts';
import { FOREIGN_ADMIN, OWN_ADMIN, partnerOf, SIGN_IN_CODE } from '../testing/data-folder.ts';
import { snapshotOf } from '../testing/directory-snapshot.ts';
import { startTestHost, type TestHost } from '../testing/host-in-process.ts';
import { watchRoutes } from '../testing/registered-routes.ts';
import { registerHospital, sampleCode, sampleRegistrations } from '../testing/sample-hospital.ts';
import { SAMPLE_PERSON_ID, sampleResidentBody } from '../testing/sample-resident.ts';
import { slotsRequest } from '../testing/sample-slots-request.ts';

/** Who tries; the entries that they try it on belong to the institution of `ownAdmin` and `ownPartner`. */
const STAFF = {
  resident: 'resident',
  coordinator: 'coordinator',
  regulator: 'regulator',
  ownAdmin: OWN_ADMIN,
  foreignAdmin: FOREIGN_ADMIN,
  districtAdmin: 'district-admin',
} as const;
type SessionActor = keyof typeof STAFF;
type Actor = SessionActor | 'visitor' | 'ownPartner' | 'foreignPartner' | 'bookingPlatform';
const ACTORS: readonly Actor[] = [
  'visitor',
  ...(Object.keys(STAFF) as SessionActor[]),
  'ownPartner',
  'foreignPartner',
  'bookingPlatform',
];

type Denial = readonly [status: number, code: string];
type Verdict = 'allowed' | Denial;
type Expectation = (actor: Actor) => Verdict;

const everyone: Expectation = () => 'allowed';

/** Only these, with a session; a partner's signature is none. */
const only =
  (...allowed: readonly SessionActor[]): Expectation =>
  (actor) => {
    if (!(actor in STAFF)) return [401, 'sign-in-required'];
    return allowed.includes(actor as SessionActor) ? 'allowed' : [403, 'forbidden'];
  };

const ownPartner: Expectation = (actor) => {
  if (actor === 'ownPartner') return 'allowed';
  if (actor === 'bookingPlatform') return [401, 'signature-invalid'];
  return actor === 'foreignPartner' ? [403, 'foreign-institution'] : [401, 'signature-required'];
};

/** A hospital's signature is none here. */
const bookingPlatforms: Expectation = (actor) => {
  if (actor === 'bookingPlatform') return 'allowed';
  return actor.endsWith('Partner') ? [401, 'signature-invalid'] : [401, 'signature-required'];
};

/** No partner's signature is that of an app that embeds the portal. */
const hostApps: Expectation = (actor) =>
  actor.endsWith('Partner') || actor === 'bookingPlatform'
    ? [401, 'signature-invalid']
    : [401, 'signature-required'];

const GENERAL: Readonly<Record<string, Expectation>> = {
  'GET /health/live': everyone,
  'GET /health/ready': everyone,
  // From this machine only; that is what the specs are.
  'GET /metrics': everyone,
  'GET /api/openapi.json': everyone,
  'GET /api/updates': everyone,
  'GET /api/session': everyone,
  'GET /api/session/accounts': everyone,
  'POST /api/session': everyone,
  'DELETE /api/session': everyone,
  'GET /api/directory/search': everyone,
  'GET /api/portal-entry': everyone,
  'POST /api/partner/v1/portal-entries': hostApps,
  'GET /api/directory/booking-rules/analysis': only('regulator', 'ownAdmin', 'foreignAdmin', 'districtAdmin'),
  'GET /api/directory/booking-rules/:institution/:code/versions': only(
    'regulator',
    'ownAdmin',
    'districtAdmin',
  ),
};

function expectationsOf(kind: DirectoryKind): Readonly<Record<string, Expectation>> {
  const desk = `/api/directory/${DIRECTORY_PATHS[kind]}`;
  const partner = `/api/partner/v1/${DIRECTORY_PATHS[kind]}`;
  const entry = `${desk}/:institution/:code`;
  return {
    [`GET ${desk}`]: everyone,
    [`GET ${entry}`]: everyone,
    [`GET ${entry}/history`]: only('regulator', 'ownAdmin', 'districtAdmin'),
    [`PUT ${entry}`]: only('ownAdmin', 'districtAdmin'),
    [`POST ${entry}/deactivation`]: only('ownAdmin', 'districtAdmin'),
    [`POST ${entry}/reactivation`]: only('ownAdmin', 'districtAdmin'),
    [`POST ${entry}/erasure`]: only('districtAdmin'),
    [`POST ${entry}/disclosure`]: only('ownAdmin', 'districtAdmin'),
    [`POST ${partner}`]: ownPartner,
    [`POST ${partner}/batch`]: ownPartner,
  };
}

const STAFF_WITH_PERSONS = ['coordinator', 'ownAdmin', 'foreignAdmin', 'districtAdmin'] as const;

const RESIDENTS: Readonly<Record<string, Expectation>> = {
  'GET /api/residents/me': only('resident'),
  'GET /api/residents/persons/:person/accesses': only('resident'),
  'POST /api/residents/registration': only('resident'),
  'POST /api/residents/family': only('resident'),
  'DELETE /api/residents/family/:person': only('resident'),
  'POST /api/residents/cards': only('resident'),
  'DELETE /api/residents/cards/:person/:card': only('resident'),
  'PUT /api/residents/mobile': only('resident'),
  'POST /api/residents/desk/search': only(...STAFF_WITH_PERSONS),
  'POST /api/residents/desk/callers': only(...STAFF_WITH_PERSONS),
  'GET /api/residents/desk/persons/:person': only(...STAFF_WITH_PERSONS),
  'POST /api/residents/desk/persons/:person/disclosure': only('ownAdmin', 'foreignAdmin', 'districtAdmin'),
  'POST /api/residents/desk/persons/:person/erasure': only('districtAdmin'),
  'GET /api/residents/previews': only('districtAdmin'),
  'POST /api/residents/previews/search': only('districtAdmin'),
  'POST /api/residents/previews': only('districtAdmin'),
  'DELETE /api/residents/previews/:person/:channel/:service': only('districtAdmin'),
};

const ALL_ADMINS = ['ownAdmin', 'foreignAdmin', 'districtAdmin'] as const;
const OWN_DESK = only('coordinator', 'ownAdmin', 'districtAdmin');
const EVERY_DESK = only('coordinator', ...ALL_ADMINS);
const OWN_MANAGERS = only('ownAdmin', 'districtAdmin');
const DESK_SCHEDULE = '/api/slots/desk/schedules/:institution/:schedule';

/** A hospital's sheet is its own: not even the district imports for it. */
const hospitalsOnly: Expectation = (actor) =>
  actor === 'districtAdmin' ? [403, 'own-institution-only'] : only('ownAdmin', 'foreignAdmin')(actor);

/** Hospitals and booking platforms sign, too, and are not the gateway. */
const gatewayOnly: Expectation = (actor) =>
  actor === 'ownPartner' || actor === 'foreignPartner' || actor === 'bookingPlatform'
    ? [401, 'signature-invalid']
    : [401, 'signature-required'];

const SLOTS: Readonly<Record<string, Expectation>> = {
  'POST /api/partner/v1/schedules': ownPartner,
  'POST /api/partner/v1/schedules/batch': ownPartner,
  'POST /api/partner/v1/schedule-additions': ownPartner,
  'POST /api/partner/v1/slot-withdrawals': ownPartner,
  'POST /api/partner/v1/schedule-suspensions': ownPartner,
  'POST /api/partner/v1/suspension-revocations': ownPartner,
  'POST /api/partner/v1/schedule-substitutions': ownPartner,
  'POST /api/partner/v1/booking-states': ownPartner,
  'POST /api/partner/v1/booking-states/batch': ownPartner,
  'POST /api/partner/v1/blacklist-entries': ownPartner,
  'POST /api/partner/v1/blacklist-appeals': ownPartner,
  'POST /api/partner/v1/blacklist-landings': ownPartner,
  'POST /api/partner/v1/booking-landings': ownPartner,
  'GET /api/slots/days': everyone,
  'GET /api/slots/schedules': everyone,
  'GET /api/slots/schedules/:institution/:schedule/intervals': everyone,
  'GET /api/slots/announcements': everyone,
  'POST /api/slots/bookings': only('resident'),
  'GET /api/slots/bookings': only('resident'),
  'GET /api/slots/bookings/:id': only('resident'),
  'POST /api/slots/bookings/:id/cancellation': only('resident'),
  'POST /api/slots/bookings/:id/check-in': only('resident'),
  'POST /api/slots/bookings/:id/registration': only('resident'),
  'POST /api/slots/bookings/:id/registration-cancellation': only('resident'),
  'GET /api/slots/bookings/:id/payment': only('resident'),
  'POST /api/slots/waitlist': only('resident'),
  'GET /api/slots/waitlist': only('resident'),
  'POST /api/slots/waitlist/:entry/confirmation': only('resident'),
  'POST /api/slots/waitlist/:entry/departure': only('resident'),
  'GET /api/slots/standing/:person': only('resident'),
  'POST /api/slots/appeals': only('resident'),
  'GET /api/slots/desk/schedules': EVERY_DESK,
  'GET /api/slots/desk/schedules/import-template': hospitalsOnly,
  'POST /api/slots/desk/schedules/import': hospitalsOnly,
  [`GET ${DESK_SCHEDULE}`]: OWN_DESK,
  [`POST ${DESK_SCHEDULE}/suspensions`]: OWN_MANAGERS,
  [`POST ${DESK_SCHEDULE}/suspensions/:suspension/revocation`]: OWN_MANAGERS,
  [`POST ${DESK_SCHEDULE}/substitutions`]: OWN_MANAGERS,
  [`POST ${DESK_SCHEDULE}/closure`]: OWN_MANAGERS,
  'GET /api/slots/desk/bookings': EVERY_DESK,
  'POST /api/slots/desk/bookings/search': EVERY_DESK,
  'GET /api/slots/desk/bookings/export': EVERY_DESK,
  'GET /api/slots/desk/bookings/:id': EVERY_DESK,
  'POST /api/slots/desk/bookings': OWN_DESK,
  'POST /api/slots/desk/bookings/:id/cancellation': EVERY_DESK,
  'POST /api/slots/desk/bookings/:id/registration-cancellation': EVERY_DESK,
  'POST /api/slots/desk/bookings/:id/outcome': EVERY_DESK,
  'GET /api/slots/desk/payments': only(...ALL_ADMINS),
  'GET /api/slots/desk/payments/:payment': only(...ALL_ADMINS),
  'GET /api/slots/desk/statements': only(...ALL_ADMINS),
  'GET /api/slots/desk/statements/:institution/:date': OWN_MANAGERS,
  'POST /api/slots/desk/statements/:institution/:date/comparison': OWN_MANAGERS,
  'POST /api/slots/desk/statements/:institution/:date/settlement': OWN_MANAGERS,
  'POST /api/slots/desk/payments/:payment/refund-retry': only(...ALL_ADMINS),
  'POST /api/slots/desk/payments/:payment/refund-settlement': only(...ALL_ADMINS),
  'POST /api/partner/v1/payment-results': gatewayOnly,
  'GET /api/slots/desk/today': EVERY_DESK,
  'GET /api/slots/desk/differences': only(...ALL_ADMINS),
  'POST /api/slots/desk/differences/settlement': OWN_MANAGERS,
  'GET /api/slots/desk/appeals': only(...ALL_ADMINS),
  'POST /api/slots/desk/appeals/:id/decision': only(...ALL_ADMINS),
  'POST /api/slots/desk/rights/:person/relief': only(...ALL_ADMINS),
  'POST /api/slots/desk/blocks/search': only(...ALL_ADMINS),
  'POST /api/slots/desk/blocks': OWN_MANAGERS,
  'POST /api/slots/desk/blocks/:id/lifting': only(...ALL_ADMINS),
  'POST /api/slots/desk/announcements': OWN_MANAGERS,
  'PUT /api/slots/desk/announcements/:id': only(...ALL_ADMINS),
  'POST /api/slots/desk/announcements/:id/withdrawal': only(...ALL_ADMINS),
  'GET /api/partner/v1/pool/institutions': bookingPlatforms,
  'GET /api/partner/v1/pool/departments': bookingPlatforms,
  'GET /api/partner/v1/pool/schedules': bookingPlatforms,
  'GET /api/partner/v1/pool/schedules/:institution/:schedule/intervals': bookingPlatforms,
  'POST /api/partner/v1/pool/bookings': bookingPlatforms,
  'GET /api/partner/v1/pool/bookings/:id': bookingPlatforms,
  'POST /api/partner/v1/pool/bookings/:id/cancellation': bookingPlatforms,
  'GET /api/partner/v1/pool/changes': bookingPlatforms,
  'GET /api/slots/desk/platforms': only('districtAdmin'),
  'POST /api/slots/desk/platforms/:partner/quota': only('districtAdmin'),
  'GET /api/slots/desk/contracts': only('regulator', ...ALL_ADMINS),
  'POST /api/slots/desk/contracts/:institution/verification': OWN_MANAGERS,
  'POST /api/slots/desk/contracts/:institution/withholding': only('districtAdmin'),
  'POST /api/slots/desk/contracts/:institution/offering': only('districtAdmin'),
  'GET /api/slots/trace': only('regulator', ...ALL_ADMINS),
  'GET /api/slots/trace/:institution/:schedule/:slot': only('regulator', 'ownAdmin', 'districtAdmin'),
  'GET /api/slots/closed-loop': only('regulator', ...ALL_ADMINS),
};

const EXPECTED: Readonly<Record<string, Expectation>> = Object.assign(
  {},
  GENERAL,
  RESIDENTS,
  SLOTS,
  ...DIRECTORY_KINDS.map(expectationsOf),
);

const routes = watchRoutes();
let host: TestHost;
let institutionCode: string;
let own: PartnerClient;
let foreign: PartnerClient;
let admin: DeskClient;
const sessions = new Map<Actor, DeskClient>();

beforeAll(async () => {
  host = await startTestHost();
  own = new PartnerClient(host.url, partnerOf(host, '中山医院'));
  foreign = new PartnerClient(host.url, partnerOf(host, '朱家角人民医院'));
  institutionCode = own.partner.institutionCode;
  await registerHospital(own);
  await registerHospital(foreign);
  sessions.set('visitor', DeskClient.visitor(host.url));
  for (const [actor, account] of Object.entries(STAFF))
    sessions.set(actor as Actor, await DeskClient.signIn(host.url, account));
  admin = await DeskClient.signIn(host.url, 'district-admin');
});

afterAll(() => host.close());

function platformOf({ bookingPlatforms }: TestHost) {
  const [platform] = bookingPlatforms;
  if (!platform) throw new Error('no booking platform is connected');
  return platform;
}

function apiRoutes(): string[] {
  return [...routes].filter((route) => /^\w+ \/(api|health|metrics)/.test(route));
}

function kindOf(route: string): DirectoryKind {
  const path = route.split('/').find((part) => Object.values<string>(DIRECTORY_PATHS).includes(part));
  return DIRECTORY_KINDS.find((kind) => DIRECTORY_PATHS[kind] === path) ?? 'institution';
}

/** A request that would do something, were it allowed: complete body, revision and key. */
function requestFor(route: string): ApiRequest {
  const [method = '', url = ''] = route.split(' ');
  const kind = kindOf(route);
  const target = url
    .replace(':institution', institutionCode)
    .replace(':code', sampleCode(kind, institutionCode))
    .replace(/:(person|card|id|entry|schedule|slot|suspension|payment)\b/g, SAMPLE_PERSON_ID)
    .replace(':date', '2026-03-16')
    .replace(':partner', 'city-platform')
    .replace(':channel', 'phone')
    .replace(':service', 'waitlist')
    .replace('/directory/search', '/directory/search?q=D001');
  const headers = { 'if-match': '"0"', 'idempotency-key': crypto.randomUUID() };
  const slots = slotsRequest(route, institutionCode);
  if (slots) return { method, target: `${target}${slots.query}`, body: slots.body, headers };
  return { method, target, body: bodyFor(route, kind), headers };
}

function bodyFor(route: string, kind: DirectoryKind): unknown {
  const entry = sampleRegistrations(institutionCode)[kind];
  const residents = Object.hasOwn(RESIDENTS, route) ? sampleResidentBody(route) : undefined;
  if (residents) return residents;
  if (route === 'POST /api/session') return { account: 'resident', code: SIGN_IN_CODE };
  if (route.endsWith('/disclosure')) return { purpose: '核对执业信息' };
  if (/\/(de|re)activation$|\/erasure$/.test(route)) return { reason: '权限测试' };
  if (route.endsWith('/batch')) return { items: [entry] };
  if (route.startsWith('POST /api/partner')) return entry;
  return route.startsWith('PUT') ? { details: entry.details } : undefined;
}

/** Allowed changes are sent without the revision or the key that they need, so that they stop right behind the door. */
function harmless(request: ApiRequest): ApiRequest {
  if (/^\/api\/(residents|slots)\//.test(request.target)) return { ...request, headers: {} };
  return { ...request, headers: { 'idempotency-key': crypto.randomUUID() } };
}

async function tryAs(actor: Actor, request: ApiRequest): Promise<Answer> {
  const headers = { ...request.headers, ...headersOf(actor, request) };
  if (request.target !== '/api/updates') return send(host.url, { ...request, headers });
  return statusOnly(request, headers);
}

function headersOf(actor: Actor, request: ApiRequest): Readonly<Record<string, string>> {
  if (actor === 'ownPartner') return signedHeaders(own.partner, request);
  if (actor === 'foreignPartner') return signedHeaders(foreign.partner, request);
  if (actor === 'bookingPlatform') return signedHeaders(platformOf(host), request);
  return sessions.get(actor)?.headers() ?? {};
}

/** The stream of updates never ends; its status is all that is asked for. */
async function statusOnly({ method, target }: ApiRequest, headers: Record<string, string>): Promise<Answer> {
  const stop = new AbortController();
  const { status, headers: answered } = await fetch(`${host.url}${target}`, {
    method,
    headers,
    signal: stop.signal,
  });
  stop.abort();
  return { status, headers: answered, text: '', body: undefined };
}

async function mismatch(actor: Actor, route: string, verdict: Verdict): Promise<string | undefined> {
  const request = requestFor(route);
  if (verdict === 'allowed') {
    const { status, text } = await tryAs(actor, harmless(request));
    return status === 401 || status === 403 || status >= 500 ? `${actor}: ${status} ${text}` : undefined;
  }
  const answer = await tryAs(actor, request);
  const given = `${answer.status} ${String(field(answer, 'code') ?? '')}`;
  const headRequest = request.method === 'HEAD';
  const wanted = headRequest ? `${verdict[0]} ` : verdict.join(' ');
  return given === wanted ? undefined : `${actor}: ${given} instead of ${wanted}`;
}

/** What is expected of a route; a HEAD answers as the GET does. */
function expectationOf(route: string): Expectation | undefined {
  return EXPECTED[route.replace(/^HEAD /, 'GET ')];
}

describe('every role is denied what it may not', () => {
  it('knows what to expect of every route that the host serves, and expects none that it does not', () => {
    expect(apiRoutes().filter((route) => !expectationOf(route))).toEqual([]);
    expect(Object.keys(EXPECTED).filter((route) => !routes.has(route))).toEqual([]);
  });

  it('serves nothing else than reading outside of the API', () => {
    const others = [...routes].filter((route) => !apiRoutes().includes(route));
    expect(others.filter((route) => !/^(GET|HEAD) /.test(route))).toEqual([]);
  });

  it('answers every route to every role as expected, and nothing changes', async () => {
    const before = await snapshotOf(admin, own);
    const tried = apiRoutes().filter((route) => route !== 'DELETE /api/session');
    const mismatches: string[] = [];
    for (const route of tried) {
      const verdictOf = expectationOf(route) ?? (() => [0, 'unexpected'] as const);
      const found = await Promise.all(ACTORS.map((actor) => mismatch(actor, route, verdictOf(actor))));
      mismatches.push(...found.flatMap((fault) => fault ?? []).map((fault) => `${route} as ${fault}`));
    }
    expect(mismatches).toEqual([]);
    expect(await snapshotOf(admin, own)).toEqual(before);
  });

  it.each(['resident', 'coordinator', 'regulator', 'foreignAdmin'] as const)(
    'shows no personal data of a doctor to: %s',
    async (actor) => {
      const person = ['sealedPerson', 'residentId', '"mobile"', 'certificateNumber', '"person"'];
      for (const target of [
        '/api/directory/doctors?status=all',
        `/api/directory/doctors/${institutionCode}/D001`,
        '/api/directory/search?q=D001',
      ]) {
        const { status, text } = await tryAs(actor, { method: 'GET', target });
        expect(status).toBe(200);
        // The listing of another institution's administrator holds the masked persons of the own one only.
        const shown = actor === 'foreignAdmin' ? withoutOwnEntries(text) : text;
        expect(person.filter((name) => shown.includes(name))).toEqual([]);
      }
    },
  );

  it('shows masked personal data to the administrators of the institution and the district, and nothing in clear', async () => {
    for (const actor of ['ownAdmin', 'districtAdmin'] as const) {
      const answer = await tryAs(actor, {
        method: 'GET',
        target: `/api/directory/doctors/${institutionCode}/D001`,
      });
      expect(field(answer, 'person')).toBeDefined();
      const { person } = sampleRegistrations(institutionCode).doctor;
      expect(answer.text).not.toContain(person.residentId);
      expect(answer.text).not.toContain(person.mobile);
      expect(answer.text).not.toContain(person.certificateNumber);
    }
  });
});

function withoutOwnEntries(text: string): string {
  const { items } = JSON.parse(text) as { readonly items?: readonly { readonly institutionCode: string }[] };
  const others = items?.filter((item) => item.institutionCode !== foreign.partner.institutionCode);
  return others ? JSON.stringify(others) : text;
}

describe('sessions', () => {
  const unsafe = () =>
    apiRoutes().filter((route) => !/^(GET|HEAD) /.test(route) && !route.includes('/api/partner/'));

  it.each([
    ['missing', () => ({})],
    ['wrong', () => ({ 'x-csrf-token': 'a'.repeat(64) })],
    ['empty', () => ({ 'x-csrf-token': '' })],
    ['of another session', () => ({ 'x-csrf-token': sessions.get('districtAdmin')?.csrfToken ?? '' })],
  ] as const)('refuses every change whose CSRF token is %s', async (_what, tokenHeaders) => {
    const before = await snapshotOf(admin, own);
    const { cookie = '' } = await DeskClient.signIn(host.url, 'district-admin');
    for (const route of unsafe()) {
      const request = requestFor(route);
      const headers = { ...request.headers, cookie, ...tokenHeaders() };
      const answer = await send(host.url, { ...request, headers });
      expect([route, answer.status, field(answer, 'code')]).toEqual([route, 403, 'csrf-token-invalid']);
    }
    expect(await snapshotOf(admin, own)).toEqual(before);
  });

  it('knows a closed session no longer', async () => {
    const session = await DeskClient.signIn(host.url, 'district-admin');
    expect((await session.send('DELETE', '/api/session')).status).toBe(204);
    expect(field(await session.get('/api/session'), 'session')).toBeNull();
    expect((await session.get('/api/directory/booking-rules/analysis')).status).toBe(401);
  });

  it('keeps other sessions of the same person open when one is closed', async () => {
    const [closed, kept] = [
      await DeskClient.signIn(host.url, 'regulator'),
      await DeskClient.signIn(host.url, 'regulator'),
    ];
    await closed.send('DELETE', '/api/session');
    expect((await kept.get('/api/directory/booking-rules/analysis')).status).toBe(200);
  });

  it('takes no session cookie that was changed in any place', async () => {
    const { cookie = '' } = await DeskClient.signIn(host.url, 'district-admin');
    const token = cookie.split('=')[1] ?? '';
    const tampered = [
      ...[...token].map((letter, place) => replaceAt(token, place, letter === 'A' ? 'B' : 'A')),
      token.slice(0, -1),
      `${token}A`,
      token.toLowerCase(),
      '',
      '%',
      'null',
      '../../etc/passwd',
      '{"$gt":""}',
    ];
    for (const text of tampered) {
      const answer = await send(host.url, {
        method: 'GET',
        target: '/api/directory/booking-rules/analysis',
        headers: { cookie: `qingpu_session=${text}` },
      });
      expect([text, answer.status, field(answer, 'code')]).toEqual([text, 401, 'sign-in-required']);
    }
  });

  it('gives a cookie that scripts cannot read and other sites cannot send', async () => {
    const answer = await send(host.url, {
      method: 'POST',
      target: '/api/session',
      body: { account: 'regulator', code: SIGN_IN_CODE },
    });
    const [cookie = ''] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/^qingpu_session=[A-Za-z0-9_-]{43};/);
    expect(cookie).toMatch(/; HttpOnly/);
    expect(cookie).toMatch(/; SameSite=Lax/);
    expect(answer.text).not.toContain(cookie.split(/[=;]/)[1]);
  });

  it.each([
    ['a wrong code', { account: 'regulator', code: 'wrong-code-of-the-sp' }],
    ['an unknown account', { account: 'nobody', code: SIGN_IN_CODE }],
    ['the name of a method', { account: '__proto__', code: SIGN_IN_CODE }],
  ])('answers %s like every other failed sign-in', async (_what, body) => {
    const answer = await send(host.url, { method: 'POST', target: '/api/session', body });
    expect([answer.status, field(answer, 'code')]).toEqual([401, 'sign-in-failed']);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });
});

describe('time', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('ends a session after its eight hours, and not before', async () => {
    const session = await DeskClient.signIn(host.url, 'regulator');
    const start = Date.now();
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(start + 8 * 3_600_000 - 60_000);
    expect((await session.get('/api/directory/booking-rules/analysis')).status).toBe(200);
    vi.setSystemTime(start + 8 * 3_600_000 + 60_000);
    const late = await session.get('/api/directory/booking-rules/analysis');
    expect([late.status, field(late, 'code')]).toEqual([401, 'sign-in-required']);
    expect(field(await session.get('/api/session'), 'session')).toBeNull();
  });
});

function replaceAt(text: string, place: number, letter: string): string {
  return text.slice(0, place) + letter + text.slice(place + 1);
}
