import { randomUUID } from 'node:crypto';
import { DIRECTORY_KINDS, type DirectoryKind } from '@qingpu/contracts/events/institutions';
import { DIRECTORY_PATHS } from '@qingpu/contracts/http/institutions';
import { SIGNATURE_HEADERS } from '@qingpu/contracts/partners/hospital/signature';
import {
  sampleBookingRule,
  sampleDoctor,
  sampleInstitution,
  sampleInstitutionCode,
  samplePerson,
  sampleResidentId,
} from '@qingpu/contracts/testing/sample-directory';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Answer,
  DeskClient,
  directoryPath,
  field,
  PartnerClient,
  partnerPath,
  send,
  signedHeaders,
} from '../testing/api-client.ts';
import { junk, nastyText, spoiled } from '../testing/arbitraries.ts';
import { partnerOf } from '../testing/data-folder.ts';
import { snapshotOf } from '../testing/directory-snapshot.ts';
import { startTestHost, type TestHost } from '../testing/host-in-process.ts';
import { faultOfAnswer, faultOfProblem } from '../testing/problems.ts';
import { sendRaw } from '../testing/raw-http.ts';
import { registerHospital, sampleCode, sampleRegistrations } from '../testing/sample-hospital.ts';
import {
  RESIDENT_ROUTES_WITH_BODY,
  SAMPLE_PERSON_ID,
  sampleResidentBody,
} from '../testing/sample-resident.ts';
import {
  PARTNER_SLOT_ROUTES,
  POOL_ROUTES,
  SLOT_ROUTES_WITH_BODY,
  slotsRequest,
} from '../testing/sample-slots-request.ts';

const RUNS = { numRuns: 60 };
const MEGABYTE = 1024 * 1024;

let host: TestHost;
let partner: PartnerClient;
let admin: DeskClient;
let resident: DeskClient;
let institutionCode: string;
let before: unknown;

beforeAll(async () => {
  host = await startTestHost();
  partner = new PartnerClient(host.url, partnerOf(host, '中山医院'));
  institutionCode = partner.partner.institutionCode;
  admin = await DeskClient.signIn(host.url, 'district-admin');
  resident = await DeskClient.signIn(host.url, 'resident');
  await registerHospital(partner);
  before = await snapshotOf(admin, partner);
});

afterAll(() => host.close());

const kinds = fc.constantFrom(...DIRECTORY_KINDS);

function valid(kind: DirectoryKind) {
  return sampleRegistrations(institutionCode)[kind];
}

async function expectProblem(
  answer: Answer | Promise<Answer>,
  status?: number,
  code?: string,
): Promise<void> {
  const given = await answer;
  expect(faultOfProblem(given)).toBeUndefined();
  if (status !== undefined) expect([given.status, field(given, 'code')]).toEqual([status, code]);
}

describe('a faulty registration', () => {
  it('is refused with a proper problem, whatever is wrong with its body', async () => {
    const faulty = kinds.chain((kind) => fc.tuple(fc.constant(kind), spoiled(valid(kind))));
    await fc.assert(
      fc.asyncProperty(faulty, ([kind, body]) => expectProblem(partner.register(kind, body))),
      RUNS,
    );
  });

  it('is refused when its body is anything but a registration', async () => {
    await fc.assert(
      fc.asyncProperty(kinds, junk, fc.boolean(), (kind, body, batch) =>
        expectProblem(partner.post(partnerPath(kind) + (batch ? '/batch' : ''), JSON.stringify(body))),
      ),
      RUNS,
    );
  });

  it('is refused when its bytes are no JSON', async () => {
    await fc.assert(
      fc.asyncProperty(kinds, fc.string({ unit: 'binary', minLength: 1 }), (kind, text) =>
        expectProblem(partner.post(partnerPath(kind), `{${text}`)),
      ),
      RUNS,
    );
  });

  it('is refused as one item of a batch, and nothing of the batch happens', async () => {
    const faulty = spoiled(valid('clinic'));
    await fc.assert(
      fc.asyncProperty(faulty, (item) =>
        expectProblem(partner.registerBatch('clinic', [{ ...valid('clinic'), code: 'NEVER' }, item])),
      ),
      { numRuns: 20 },
    );
  });

  const wrong: readonly [string, DirectoryKind, () => unknown][] = [
    [
      'an identity number whose check character is wrong',
      'doctor',
      () => doctor({ residentId: '310118198001010155' }),
    ],
    ['an identity number of 15 digits', 'doctor', () => doctor({ residentId: '310118800101015' })],
    ['a mobile of a foreign country', 'doctor', () => doctor({ mobile: '+4915112345678' })],
    ['a certificate with letters', 'doctor', () => doctor({ certificateNumber: '11031000001234X' })],
    ['a sex outside of the table', 'doctor', () => doctor({ sex: '3' as '1' })],
    ['a name beyond measure', 'doctor', () => doctor({ name: '张'.repeat(31) })],
    [
      'a title outside of the table',
      'doctor',
      () => ({ ...valid('doctor'), details: sampleDoctor({ title: '999' as '231' }) }),
    ],
    [
      'a USCC whose check character is wrong',
      'institution',
      () => institution({ uscc: `${sampleInstitution(institutionCode).uscc.slice(0, 17)}0` }),
    ],
    [
      'the USCC of another organisation',
      'institution',
      () => institution({ uscc: sampleInstitution(sampleInstitutionCode(7)).uscc }),
    ],
    [
      'an institution code whose check character is wrong',
      'department',
      () => ({ ...valid('department'), institutionCode: `A${institutionCode.slice(1)}` }),
    ],
    [
      'a clinical subject that does not exist',
      'department',
      () => ({ ...valid('department'), details: { ...valid('department').details, subjectCode: '99.99' } }),
    ],
    ['a code with a blank', 'clinic', () => ({ ...valid('clinic'), code: 'C 1' })],
    ['a code with a dot', 'clinic', () => ({ ...valid('clinic'), code: 'C.1' })],
    [
      'a fee of half a fen',
      'clinic',
      () => ({ ...valid('clinic'), details: { ...valid('clinic').details, feeFen: 0.5 } }),
    ],
    ['quotas that do not add up', 'bookingRule', () => rule({ quotaPercent: quota(41) })],
    ['a day that does not exist', 'bookingRule', () => rule({ effectiveFrom: '2027-02-30' })],
    ['an hour that does not exist', 'bookingRule', () => rule({ releaseTime: '24:30' })],
  ];
  it.each(wrong)('is refused: %s', async (_what, kind, body) => {
    await expectProblem(partner.register(kind, body()), 422, 'invalid-request');
  });

  it('names the field at fault by its place', async () => {
    const answer = await partner.registerBatch('doctor', [valid('doctor'), doctor({ mobile: '1' })]);
    expect(field(answer, 'errors')).toEqual([
      { pointer: '/items/1/person/mobile', detail: '手机号须为11位大陆手机号' },
    ]);
  });

  it('is refused: a rule that begins in the past', async () => {
    await expectProblem(
      partner.register('bookingRule', rule({ effectiveFrom: '2020-01-01' })),
      422,
      'rule-effective-in-past',
    );
  });

  it('is refused: more items than a batch may have, none, and one code twice', async () => {
    const items = Array.from({ length: 501 }, (_, index) => ({ ...valid('channel'), code: `MANY${index}` }));
    await expectProblem(partner.registerBatch('channel', items), 422, 'invalid-request');
    await expectProblem(partner.registerBatch('channel', []), 422, 'invalid-request');
    const twice = { ...valid('channel'), code: 'TWICE' };
    await expectProblem(partner.registerBatch('channel', [twice, twice]), 422, 'duplicate-item');
  });

  it('is refused: more than two megabytes', async () => {
    const body = { ...valid('clinic'), padding: 'x'.repeat(2 * MEGABYTE) };
    await expectProblem(partner.register('clinic', body), 413, 'body-too-large');
  });

  it('is refused: an idempotency key that is missing its form', async () => {
    for (const key of ['short', 'x'.repeat(101), 'blank in it', "quote'd-key"])
      await expectProblem(partner.register('clinic', valid('clinic'), key), 400, 'idempotency-key-required');
  });

  it.each(['__proto__', 'constructor'])('cannot reach the prototype of anything through %s', async (name) => {
    const poison = name === 'constructor' ? '{"prototype":{"polluted":true}}' : '{"polluted":true}';
    const text = JSON.stringify(valid('clinic')).replace('{', `{"${name}":${poison},`);
    await expectProblem(partner.post(partnerPath('clinic'), text), 400, 'malformed-request');
    expect('polluted' in {}).toBe(false);
  });

  it.each([10_000, 400_000])('is refused: JSON of depth %i', async (depth) => {
    const deep = '['.repeat(depth) + ']'.repeat(depth);
    await expectProblem(partner.post(partnerPath('clinic'), `{"institutionCode":${deep}}`));
    await expectProblem(partner.post(`${partnerPath('clinic')}/batch`, `{"items":${deep}}`));
  });
});

function doctor(changes: Partial<ReturnType<typeof samplePerson>>) {
  return { ...valid('doctor'), person: samplePerson(changes) };
}

function institution(changes: Partial<ReturnType<typeof sampleInstitution>>) {
  return { institutionCode, details: sampleInstitution(institutionCode, changes) };
}

function rule(changes: Partial<ReturnType<typeof sampleBookingRule>>) {
  const { details } = valid('bookingRule');
  return { ...valid('bookingRule'), details: { ...details, ...changes } };
}

function quota(community: number) {
  return { referral: 10, community, contracted: 10, public: 40 };
}

describe('a faulty change at the desk', () => {
  const target = () => directoryPath('clinic', institutionCode, 'C001');
  const body = () => ({ details: valid('clinic').details });
  const key = () => ({ 'idempotency-key': randomUUID() });

  it('is refused with a proper problem, whatever is wrong with its body', async () => {
    const acts = fc.constantFrom('deactivation', 'reactivation', 'erasure', 'disclosure', undefined);
    await fc.assert(
      fc.asyncProperty(kinds, acts, junk, async (kind, act, wrong) => {
        const entry = directoryPath(kind, institutionCode, sampleCode(kind, institutionCode));
        const content = { reason: wrong, details: wrong, unexpected: 1 };
        const [method, target] = act === undefined ? ['PUT', entry] : ['POST', `${entry}/${act}`];
        await expectProblem(admin.change(method, target, content, 0));
      }),
      RUNS,
    );
  });

  it('is refused without the revision that was read, and with a strange one', async () => {
    await expectProblem(admin.send('PUT', target(), body(), key()), 428, 'revision-required');
    const strange = ['0', 'W/"0"', '""', '"-1"', '"x"', '*', '"9999999999"', '"0", "1"'];
    for (const seen of strange) {
      const answer = admin.send('PUT', target(), body(), { ...key(), 'if-match': seen });
      await expectProblem(answer, 428, 'revision-required');
    }
  });

  it('is refused on a revision that is not the last', async () => {
    await expectProblem(admin.change('PUT', target(), body(), 7), 412, 'stale-revision');
    const asNew = admin.send('PUT', target(), body(), { ...key(), 'if-none-match': '*' });
    await expectProblem(asNew, 412, 'stale-revision');
  });

  it('is refused under a key that was used for something else', async () => {
    const idempotencyKey = randomUUID();
    const act = (reason: string) =>
      admin.change('POST', `${target()}/reactivation`, { reason }, 0, idempotencyKey);
    await expectProblem(act('第一次'), 409, 'entry-already-active');
    await expectProblem(act('另一次'), 409, 'idempotency-key-reused');
  });

  it('is refused for an entry that does not exist', async () => {
    const nothing = directoryPath('clinic', institutionCode, 'NOTHING');
    await expectProblem(admin.change('POST', `${nothing}/deactivation`, { reason: '测试' }, 0));
    await expectProblem(admin.get(nothing), 404, 'entry-unknown');
  });

  const asNew = (path: string, content: unknown) =>
    admin.send('PUT', path, content, { ...key(), 'if-none-match': '*' });

  it('cannot register what a hospital could not: wrong codes, or a doctor without a person', async () => {
    const person = samplePerson();
    for (const code of ['a.b', '张三', 'x y', '$set', 'a'.repeat(33), '310118198001010151?'])
      await expectProblem(
        asNew(directoryPath('clinic', institutionCode, code), body()),
        422,
        'invalid-request',
      );
    await expectProblem(
      asNew(directoryPath('doctor', institutionCode, 'D900'), { details: sampleDoctor() }),
      422,
      'invalid-request',
    );
    const unknown = `A${institutionCode.slice(1)}`;
    const details = sampleInstitution(institutionCode);
    await expectProblem(
      asNew(directoryPath('institution', unknown, unknown), { details }),
      422,
      'invalid-request',
    );
    await expectProblem(
      asNew(directoryPath('doctor', unknown, 'D901'), { details: sampleDoctor(), person }),
      422,
      'invalid-request',
    );
  });

  it('cannot give an institution the USCC of another organisation', async () => {
    const details = sampleInstitution(sampleInstitutionCode(7));
    const path = directoryPath('institution', institutionCode, institutionCode);
    await expectProblem(admin.change('PUT', path, { details }, 0), 422, 'invalid-request');
  });
});

describe('a faulty request about residents', () => {
  const addressOf = (route: string): [string, string] => {
    const [method = '', path = ''] = route.split(' ');
    const known = path.replace(/:(person|card)/g, SAMPLE_PERSON_ID);
    return [method, known.replace(':channel', 'phone').replace(':service', 'waitlist')];
  };
  const clientFor = (route: string) => (/\/(desk|previews)/.test(route) ? admin : resident);
  const ask = (route: string, body: unknown, headers = key()) =>
    clientFor(route).send(...addressOf(route), body, headers);
  const key = () => ({ 'idempotency-key': randomUUID() });
  const routes = fc.constantFrom(...RESIDENT_ROUTES_WITH_BODY);
  // A search of the preview list may be for everybody.
  const demanding = routes.filter((route) => route !== 'POST /api/residents/previews/search');

  it('is refused with a proper problem, whatever is wrong with its body', async () => {
    const faulty = routes.chain((route) => fc.tuple(fc.constant(route), spoiled(sampleResidentBody(route))));
    await fc.assert(
      fc.asyncProperty(faulty, ([route, body]) => expectProblem(ask(route, body), 422, 'invalid-request')),
      RUNS,
    );
  });

  it('is refused when its body is anything at all', async () => {
    await fc.assert(
      fc.asyncProperty(demanding, junk, (route, body) => expectProblem(ask(route, JSON.stringify(body)))),
      RUNS,
    );
  });

  it('is refused without an idempotency key', async () => {
    const reading = /search|disclosure/;
    // Who is not among one's own persons is not found before the key is asked for.
    for (const route of RESIDENT_ROUTES_WITH_BODY.filter((one) => !reading.test(one)))
      if (!/cards|mobile/.test(route))
        await expectProblem(
          ask(route, sampleResidentBody(route), {} as never),
          400,
          'idempotency-key-required',
        );
  });

  it('about somebody who does not exist is refused, however strange the id', async () => {
    const known = SAMPLE_PERSON_ID;
    const disclosure = { purpose: '代为预约登记' };
    const reason = { reason: '本人申请' };
    const places = fc.constantFrom<readonly [string, (id: string) => string, object?]>(
      ['GET', (id) => `desk/persons/${id}`],
      ['POST', (id) => `desk/persons/${id}/disclosure`, disclosure],
      ['POST', (id) => `desk/persons/${id}/erasure`, reason],
      ['DELETE', (id) => `previews/${id}/phone/waitlist`, reason],
      ['DELETE', (id) => `previews/${known}/${id}/waitlist`, reason],
      ['DELETE', (id) => `previews/${known}/phone/${id}`, reason],
    );
    await fc.assert(
      fc.asyncProperty(places, nastyText, async ([method, place, body], id) => {
        const path = `/api/residents/${place(encode(id))}`;
        if (path.length <= 8_000) await expectProblem(admin.send(method, path, body, key()));
      }),
      RUNS,
    );
  });

  const person = () => sampleResidentBody('POST /api/residents/registration') as { readonly person: object };
  const registration = (changes: object) => ({ person: { ...person().person, ...changes } });
  it.each([
    ['an identity number whose check character is wrong', { identityNumber: '310118198001010155' }],
    ['a sex that the number does not say', { sex: '1', identityNumber: sampleResidentId(2) }],
    ['a birth date that the number does not say', { birthDate: '1999-12-31' }],
    [
      'a day that does not exist',
      { identityKind: '03', identityNumber: 'E1234567', sex: '1', birthDate: '1990-02-30' },
    ],
    ['a passport without a date of birth', { identityKind: '03', identityNumber: 'E1234567', sex: '1' }],
    ['a document that is in no table', { identityKind: '99' }],
    ['a number with punctuation', { identityKind: '03', identityNumber: 'E-12345' }],
    ['a name of one character', { name: '王' }],
    ['a name beyond measure', { name: '王'.repeat(31) }],
    ['a mobile of a foreign country', { mobile: '+4915112345678' }],
  ])('is refused: %s', async (_what, changes) => {
    await expectProblem(
      ask('POST /api/residents/registration', registration(changes)),
      422,
      'invalid-request',
    );
  });

  it('is refused: a search for nobody, and a hospital’s card without the hospital', async () => {
    const nobody = { purpose: '代为预约登记' };
    await expectProblem(ask('POST /api/residents/desk/search', nobody), 422, 'invalid-request');
    const card = { personId: SAMPLE_PERSON_ID, kind: 'hospitalCard', number: 'A1234567' };
    await expectProblem(ask('POST /api/residents/cards', card), 422, 'invalid-request');
  });

  it('registered nobody', async () => {
    expect(field(await resident.get('/api/residents/me'), 'items')).toEqual([]);
    for (const preview of ['granted', 'revoked'])
      expect(field(await admin.get(`/api/residents/previews?state=${preview}`), 'total')).toBe(0);
  });
});

describe('a faulty message of a hospital about slots', () => {
  const routes = fc.constantFrom(...PARTNER_SLOT_ROUTES);
  const addressOf = (route: string) => route.replace('POST ', '');
  const bodyOf = (route: string) => slotsRequest(route, institutionCode)?.body;
  const tell = (route: string, body: unknown) => partner.post(addressOf(route), body);

  it('is refused with a proper problem, whatever is wrong with its body', async () => {
    const faulty = routes.chain((route) => fc.tuple(fc.constant(route), spoiled(bodyOf(route))));
    await fc.assert(
      fc.asyncProperty(faulty, ([route, body]) => expectProblem(tell(route, body))),
      RUNS,
    );
  });

  it('is refused when its body is anything at all, or no JSON', async () => {
    await fc.assert(
      fc.asyncProperty(routes, junk, async (route, body) => {
        await expectProblem(tell(route, JSON.stringify(body)));
        await expectProblem(tell(route, `{${JSON.stringify(body)}`));
      }),
      RUNS,
    );
  });

  it('is refused without an idempotency key', async () => {
    for (const route of PARTNER_SLOT_ROUTES)
      await expectProblem(
        partner.post(addressOf(route), bodyOf(route), { idempotencyKey: '' }),
        400,
        'idempotency-key-required',
      );
  });

  it.each([
    ['a no-show of nobody', 'booking-states', { orderNumber: '../../etc/passwd', state: 'noShow' }, 404],
    ['a registration without its number', 'booking-states', { registrationNumber: null }, 422],
    ['a number with a person in it', 'booking-states', { registrationNumber: '王小明' }, 422],
    ['a cancellation without a reason', 'booking-states', { state: 'cancelled' }, 422],
    ['an appeal about nobody', 'blacklist-appeals', {}, 404],
    ['an entry that is over', 'blacklist-entries', { until: '2020-01-01' }, 422],
    ['a day that does not exist', 'blacklist-entries', { from: '2026-02-30' }, 422],
  ])('is refused: %s', async (_what, path, changes, status) => {
    const route = `POST /api/partner/v1/${path}`;
    const answer = await tell(route, { ...bodyOf(route), ...changes });
    expect([answer.status, faultOfProblem(answer)]).toEqual([status, undefined]);
  });

  it('is refused when it is longer than a batch may be', async () => {
    const route = 'POST /api/partner/v1/booking-states/batch';
    const { items } = bodyOf(route) as { readonly items: object[] };
    const tooMany = Array.from({ length: 501 }, () => items[0]);
    await expectProblem(tell(route, { items: tooMany }), 422, 'invalid-request');
  });

  it('put nobody on a black list', async () => {
    const search = { state: 'all', size: 1 };
    const found = await admin.send('POST', '/api/slots/desk/blocks/search', search);
    expect([found.status, field(found, 'total')]).toEqual([200, 0]);
  });
});

describe('a faulty message of a booking platform', () => {
  const routes = fc.constantFrom(...POOL_ROUTES);
  const addressOf = (route: string) => route.replace('POST ', '').replace(':id', SAMPLE_PERSON_ID);
  const bodyOf = (route: string) => slotsRequest(route, institutionCode)?.body;
  let platform: PartnerClient;
  beforeAll(() => {
    const [credential] = host.bookingPlatforms;
    if (!credential) throw new Error('no booking platform is connected');
    platform = new PartnerClient(host.url, { ...credential, institutionCode });
  });

  it('is refused with a proper problem, whatever is wrong with its body', async () => {
    const faulty = routes.chain((route) => fc.tuple(fc.constant(route), spoiled(bodyOf(route))));
    await fc.assert(
      fc.asyncProperty(faulty, ([route, body]) => expectProblem(platform.post(addressOf(route), body))),
      RUNS,
    );
  });

  it('is refused when its body is anything at all, or no JSON, or has no idempotency key', async () => {
    await fc.assert(
      fc.asyncProperty(routes, junk, async (route, body) => {
        await expectProblem(platform.post(addressOf(route), `{${JSON.stringify(body)}`));
      }),
      RUNS,
    );
    const book = 'POST /api/partner/v1/pool/bookings';
    await expectProblem(
      platform.post(addressOf(book), bodyOf(book), { idempotencyKey: '' }),
      400,
      'idempotency-key-required',
    );
  });

  it.each([
    ['changes?after=-1'],
    ['changes?after=99999999999999999999'],
    ['changes?limit=101'],
    ['changes?limit=0'],
    ['departments'],
    ['schedules'],
    ['schedules?institution=x&size=51'],
    ['schedules?institution=x&date=2026-02-30'],
    ['bookings/nobody'],
    [`bookings/${SAMPLE_PERSON_ID}`],
    ['schedules/nowhere/none/intervals'],
  ])('is refused: GET %s', async (rest) => {
    const target = `/api/partner/v1/pool/${rest}`;
    const headers = signedHeaders(platform.partner, { method: 'GET', target }, { idempotencyKey: '' });
    const { [SIGNATURE_HEADERS.idempotencyKey]: _none, ...signed } = headers;
    await expectProblem(send(host.url, { method: 'GET', target, headers: signed }));
  });
});

describe('a faulty request about slots', () => {
  const bodyOf = (route: string) => slotsRequest(route, institutionCode)?.body;
  const addressOf = (route: string): [string, string] => {
    const [method = '', path = ''] = route.split(' ');
    const known = path.replace(':institution', institutionCode).replace(':schedule', 'P-NOBODY');
    return [method, known.replace(/:\w+/g, SAMPLE_PERSON_ID)];
  };
  const clientFor = (route: string) => (route.includes('/desk/') ? admin : resident);
  const ask = (route: string, body: unknown, headers: Readonly<Record<string, string>> = key()) =>
    clientFor(route).send(...addressOf(route), body, headers);
  const key = () => ({ 'idempotency-key': randomUUID(), 'if-match': '"0"' });
  const isSearch = (route: string) => route.endsWith('/search');
  const routes = fc.constantFrom(...SLOT_ROUTES_WITH_BODY);
  const changing = routes.filter((route) => !isSearch(route));

  it('is refused with a proper problem, whatever is wrong with its body', async () => {
    const faulty = changing.chain((route) => fc.tuple(fc.constant(route), spoiled(bodyOf(route))));
    await fc.assert(
      fc.asyncProperty(faulty, ([route, body]) => expectProblem(ask(route, body))),
      { numRuns: 200 },
    );
  });

  it('is refused when its body is anything at all, or no JSON', async () => {
    await fc.assert(
      fc.asyncProperty(changing, junk, async (route, body) => {
        await expectProblem(ask(route, JSON.stringify(body)));
        await expectProblem(ask(route, `{${JSON.stringify(body)}`));
      }),
      { numRuns: 120 },
    );
  });

  it('as a search is answered or refused properly, whatever is looked for', async () => {
    const searches = fc.constantFrom(...SLOT_ROUTES_WITH_BODY.filter(isSearch));
    const looked = fc.dictionary(fc.constantFrom('patient', 'mobile', 'identity', 'order', 'page'), junk);
    await fc.assert(
      fc.asyncProperty(searches, looked, async (route, body) => {
        expect(faultOfAnswer(await ask(route, body))).toBeUndefined();
      }),
      RUNS,
    );
  });

  it('is refused without an idempotency key, or because there is nothing to change', async () => {
    for (const route of SLOT_ROUTES_WITH_BODY.filter((one) => !isSearch(one)))
      await expectProblem(ask(route, bodyOf(route), {}));
  });

  it.each([
    ['bookings', { start: '25:00' }, 'POST /api/slots/bookings'],
    ['bookings of nobody', { personId: '../../etc/passwd' }, 'POST /api/slots/bookings'],
    ['a schedule with a dot', { scheduleId: 'P.1' }, 'POST /api/slots/bookings'],
    ['a channel of others', { channel: 'districtPortal' }, 'POST /api/slots/desk/bookings'],
    ['an override in a word', { override: '放' }, 'POST /api/slots/desk/bookings'],
    ['a short statement', { statement: '没有' }, 'POST /api/slots/appeals'],
    ['a long statement', { statement: '张'.repeat(501) }, 'POST /api/slots/appeals'],
    ['a kind of their own', { kind: 'suspension' }, 'POST /api/slots/desk/announcements'],
    ['a day that does not exist', { until: '2027-02-30' }, 'POST /api/slots/desk/blocks'],
    ['an outcome of silence', { outcome: 'unreported' }, 'POST /api/slots/desk/bookings/:id/outcome'],
  ])('is refused: %s', async (_what, changes, route) => {
    await expectProblem(ask(route, { ...bodyOf(route), ...changes }), 422, 'invalid-request');
  });

  it('changed nothing', async () => {
    const totals = await Promise.all(
      [
        '/api/slots/desk/bookings',
        '/api/slots/desk/appeals',
        '/api/slots/announcements?all=true',
        '/api/slots/desk/schedules',
      ].map(async (path) => field(await admin.get(path), 'total')),
    );
    expect(totals).toEqual([0, 0, 0, 0]);
  });
});

describe('a strange purpose', () => {
  it('is no reason to fail: the person is disclosed, or the purpose refused', async () => {
    const path = `${directoryPath('doctor', institutionCode, 'D001')}/disclosure`;
    const purposes = fc.oneof(nastyText, fc.constantFrom('核对\n执业\u0007信息', '核对\ud83d执业信息'));
    await fc.assert(
      fc.asyncProperty(purposes, async (purpose) => {
        const answer = await admin.send('POST', path, { purpose });
        expect(faultOfAnswer(answer)).toBeUndefined();
      }),
      RUNS,
    );
    expect((await admin.send('POST', path, { purpose: '核对\n执业\u0007信息' })).status).toBe(200);
  });
});

describe('a strange address', () => {
  const readers = [
    ...DIRECTORY_KINDS.map((kind) => directoryPath(kind)),
    '/api/directory/search',
    '/api/directory/booking-rules/analysis',
    '/api/residents/previews',
    '/api/session',
    ...['days', 'schedules', 'announcements', 'trace', 'closed-loop'].map((path) => `/api/slots/${path}`),
    ...['schedules', 'bookings', 'bookings/export', 'appeals', 'today', 'differences'].map(
      (path) => `/api/slots/desk/${path}`,
    ),
  ];

  it('with a strange query is answered or refused properly', async () => {
    const names = fc.constantFrom(
      ...['q', 'institution', 'department', 'title', 'expert', 'category', 'status', 'page', 'size', 'after'],
      ...['from', 'to', 'date', 'state', 'kind', 'tag', 'order', 'channel', 'outcome', 'schedule', 'slot'],
      ...['limit', '__proto__', 'q[$regex]', 'q[]', 'constructor[prototype][x]', '$where', ''],
    );
    const queries = fc.array(fc.tuple(names, nastyText), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...readers), queries, async (path, query) => {
        const text = query.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
        if (text.length > 8_000) return;
        expect(faultOfAnswer(await admin.get(`${path}?${text}`))).toBeUndefined();
      }),
      { numRuns: 120 },
    );
  });

  it('with strange names of institution and entry is answered or refused properly', async () => {
    const tails = fc.constantFrom('', '/history', '/versions');
    await fc.assert(
      fc.asyncProperty(kinds, nastyText, nastyText, tails, async (kind, first, second, tail) => {
        const path = `/api/directory/${DIRECTORY_PATHS[kind]}/${encode(first)}/${encode(second)}${tail}`;
        if (path.length > 8_000) return;
        expect(faultOfAnswer(await admin.get(path))).toBeUndefined();
      }),
      { numRuns: 120 },
    );
  });

  it('finds nothing for the characters of a pattern, instead of everything', async () => {
    for (const q of ['.*', '^', '$', '.+', '[^x]', '(?:)', '|', '\\', '{"$ne":null}'])
      expect([q, field(await admin.get(`${directoryPath('doctor')}?q=${encode(q)}`), 'total')]).toEqual([
        q,
        0,
      ]);
  });

  it.each([
    ['/api/directory/doctors/%zz/D001', 400, 'malformed-request'],
    ['/api/directory/doctors/%ff%fe/D001', 400, 'malformed-request'],
    [`/api/directory/doctors/${'a'.repeat(101)}/D001`, 414, 'address-too-long'],
    ['/api/nothing', 404, 'not-found'],
    ['/api/directory/doctors?page=0', 422, 'invalid-request'],
    ['/api/directory/doctors?page=1001', 422, 'invalid-request'],
    ['/api/directory/doctors?size=101', 422, 'invalid-request'],
    ['/api/directory/doctors?size=1e99', 422, 'invalid-request'],
    ['/api/directory/doctors?after=-1', 422, 'invalid-request'],
    ['/api/directory/doctors?after=9999999999999999999', 400, 'position-beyond-head'],
    ['/api/directory/doctors?after=1&after=2', 422, 'invalid-request'],
    [`/api/directory/doctors?q=${'a'.repeat(41)}`, 422, 'invalid-request'],
    ['/api/directory/search', 422, 'invalid-request'],
  ])('is refused: %s', async (target, status, code) => {
    await expectProblem(send(host.url, { method: 'GET', target, headers: admin.headers() }), status, code);
  });

  it.each(['PATCH', 'DELETE', 'OPTIONS', 'PROPFIND'])('is refused with the method %s', async (method) => {
    await expectProblem(
      admin.send(method, directoryPath('clinic', institutionCode, 'C001')),
      404,
      'not-found',
    );
  });

  it('does not repeat what stood in it', async () => {
    const { text } = await send(host.url, { method: 'GET', target: '/api/directory/doctors/%zz310118/x' });
    expect(text).not.toContain('310118');
  });
});

describe('strange headers', () => {
  const printable = fc.string({
    unit: fc.constantFrom(...'aZ09 !"#$%&\'()*+,-./:;<=>?@[]^_`{|}~'),
    maxLength: 200,
  });
  const names = fc.constantFrom(
    ...['if-match', 'if-none-match', 'idempotency-key', 'x-csrf-token', 'cookie', 'accept', 'accept-version'],
    ...['content-type', 'x-forwarded-for', 'x-forwarded-host', 'authorization', 'range', 'accept-encoding'],
    ...[
      'x-partner-id',
      'x-nonce',
      'x-timestamp',
      'x-signature',
      'origin',
      'forwarded',
      'x-http-method-override',
    ],
  );

  it('are answered or refused properly', async () => {
    const strange = fc.array(fc.tuple(names, printable), { minLength: 1, maxLength: 4 });
    const targets = fc.constantFrom(
      ['GET', '/api/directory/doctors'],
      ['GET', '/api/session'],
      ['PUT', '/api/directory/clinics/x/y'],
      ['POST', '/api/partner/v1/clinics'],
      ['POST', '/api/session'],
    );
    await fc.assert(
      fc.asyncProperty(targets, strange, async ([method = '', target = ''], pairs) => {
        const headers = Object.fromEntries(pairs);
        const body = method === 'GET' ? undefined : { account: 'nobody' };
        expect(faultOfAnswer(await send(host.url, { method, target, headers, body }))).toBeUndefined();
      }),
      { numRuns: 120 },
    );
  });

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/xml',
    'application/merge-patch+json',
    'nonsense',
  ])('are refused: a body as %s', async (type) => {
    const signIn = send(host.url, {
      method: 'POST',
      target: '/api/session',
      headers: { 'content-type': type },
      body: 'account=regulator&code=1',
    });
    await expectProblem(signIn, 415, 'unsupported-media-type');
    const registration = partner.post(partnerPath('clinic'), valid('clinic'), {}, { 'content-type': type });
    await expectProblem(registration, 415, 'unsupported-media-type');
  });

  it('are refused: more than the host reads', async () => {
    const huge = send(host.url, {
      method: 'GET',
      target: '/api/session',
      headers: { 'x-a': 'a'.repeat(20_000) },
    });
    await expectProblem(huge, 431, 'headers-too-large');
  });

  it.each([
    ['no HTTP at all', 'HELLO\r\n\r\n'],
    ['a header without a name', 'GET /api/session HTTP/1.1\r\nhost: x\r\n: y\r\n\r\n'],
    [
      'two lengths',
      'POST /api/session HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}',
    ],
    [
      'a length and chunks',
      'POST /api/session HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
  ])('are refused: %s', async (_what, bytes) => {
    await expectProblem(sendRaw(host.url, bytes), 400, 'malformed-request');
  });
});

it('changes nothing, whatever was tried above', async () => {
  expect(await snapshotOf(admin, partner)).toEqual(before);
  for (const code of ['NEVER', 'TWICE', 'MANY0', 'D900']) {
    for (const kind of DIRECTORY_KINDS)
      expect((await admin.get(directoryPath(kind, institutionCode, code))).status).toBe(404);
  }
});

/** As a browser would, save that half surrogates are sent as the replacement character. */
function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
