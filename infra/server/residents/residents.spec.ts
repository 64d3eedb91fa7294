import { randomUUID } from 'node:crypto';
import {
  cardResultSchema,
  disclosedResidentSchema,
  foundPersonsSchema,
  type MyPersons,
  maskedPersonSchema,
  myPersonsSchema,
  personResultSchema,
  previewPageSchema,
  previewResultSchema,
} from '@qingpu/contracts/http/residents';
import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, DeskClient, field, PartnerClient } from '../testing/api-client.ts';
import { partnerOf } from '../testing/data-folder.ts';
import { startTestHost, type TestHost } from '../testing/host-in-process.ts';
import { registerHospital } from '../testing/sample-hospital.ts';
import { SyntheticPeople, typedIn } from '../testing/synthetic-people.ts';
import { until } from '../testing/until.ts';

const PURPOSE = '代为预约登记';
/** Each spec has an account of its own. */
const ACCOUNTS = [
  'newcomer-1',
  'newcomer-2',
  'newcomer-3',
  'newcomer-4',
  'newcomer-5',
  'newcomer-6',
  'resident-2',
  'resident-3',
  'resident-4',
  'resident',
];

let host: TestHost;
let hospitalCode: string;
let district: DeskClient;
let coordinator: DeskClient;
const people = new SyntheticPeople();

beforeAll(async () => {
  host = await startTestHost();
  const hospital = new PartnerClient(host.url, partnerOf(host, '中山医院'));
  hospitalCode = hospital.partner.institutionCode;
  const position = await registerHospital(hospital);
  district = await DeskClient.signIn(host.url, 'district-admin');
  coordinator = await DeskClient.signIn(host.url, 'coordinator');
  await district.get(`/api/directory/institutions?after=${position}`);
});
afterAll(() => host.close());
afterEach(() => host.host.identityRegister?.reset());

const key = (idempotencyKey: string = randomUUID()) => ({ 'idempotency-key': idempotencyKey });
const codeOf = (answer: Answer) => [answer.status, field(answer, 'code')];

/** A resident at the portal. */
class Resident {
  private constructor(
    readonly account: string,
    readonly client: DeskClient,
  ) {}

  static async next(): Promise<Resident> {
    const account = ACCOUNTS.shift();
    if (!account) throw new Error('no account is left');
    return new Resident(account, await DeskClient.signIn(host.url, account));
  }

  /** Somebody whose account has a holder already. */
  static async registered(person = people.grownUp()): Promise<Resident & { readonly personId: string }> {
    const resident = await Resident.next();
    const { personId } = personResultSchema.parse((await resident.register(person)).body);
    return Object.assign(resident, { personId });
  }

  post(path: string, body: unknown, idempotencyKey?: string): Promise<Answer> {
    return this.client.send('POST', `/api/residents/${path}`, body, key(idempotencyKey));
  }

  register(person: Parameters<typeof typedIn>[0], changes: object = {}, idempotencyKey?: string) {
    return this.post('registration', { person: typedIn(person, changes) }, idempotencyKey);
  }

  addChild(person: Parameters<typeof typedIn>[0], changes: object = {}) {
    return this.post('family', {
      person: typedIn(person),
      relation: 'child',
      guardianConsent: true,
      ...changes,
    });
  }

  delete(path: string): Promise<Answer> {
    return this.client.send('DELETE', `/api/residents/${path}`, undefined, key());
  }

  async me(after: Answer): Promise<MyPersons> {
    const { body } = await this.client.get(`/api/residents/me?after=${String(field(after, 'position'))}`);
    const mine = myPersonsSchema.parse(body);
    expect(mine.stale).toBe(false);
    return mine;
  }
}

async function search(client: DeskClient, query: object) {
  const answer = await client.send('POST', '/api/residents/desk/search', { purpose: PURPOSE, ...query });
  expect(answer.status).toBe(200);
  return foundPersonsSchema.parse(answer.body);
}

describe('a resident', () => {
  it('registers by real name and sees themselves masked', async () => {
    const resident = await Resident.next();
    const person = people.grownUp();
    const before = myPersonsSchema.parse((await resident.client.get('/api/residents/me')).body);
    expect(before).toMatchObject({
      registered: false,
      items: [],
      guardianAge: bookingSafeguards.guardianAge,
    });
    const answer = await resident.register(person);
    expect(answer.status).toBe(201);
    const mine = await resident.me(answer);
    expect(mine).toMatchObject({
      registered: true,
      items: [{ relation: 'self', relationName: '本人', verification: 'nationalRegister', sex: person.sex }],
    });
    const text = JSON.stringify(mine);
    for (const secret of [person.name, person.identityNumber, person.mobile])
      expect(text).not.toContain(secret);
  });

  it('is answered as the first time when the request comes again, register or no register', async () => {
    const resident = await Resident.next();
    const person = people.grownUp();
    const idempotencyKey = randomUUID();
    const first = await resident.register(person, {}, idempotencyKey);
    host.host.identityRegister?.setFault({ kind: 'status', status: 500 });
    expect((await resident.register(person, {}, idempotencyKey)).body).toEqual(first.body);
    const other = await resident.register(people.grownUp(), {}, idempotencyKey);
    expect(codeOf(other)).toEqual([409, 'idempotency-key-reused']);
  });

  it('has a family with cards, and lets both go', async () => {
    const parent = await Resident.registered();
    const child = people.child();
    expect(codeOf(await parent.addChild(child, { guardianConsent: false }))).toEqual([
      422,
      'guardian-consent-required',
    ]);
    const added = await parent.addChild(child);
    const { personId } = personResultSchema.parse(added.body);
    const card = { personId, kind: 'hospitalCard', number: 'yy20240001', institutionCode: hospitalCode };
    expect(await host.host.people.actsFor(parent.account, personId)).toBe(true);
    const carded = await parent.post('cards', card);
    expect(carded.status).toBe(201);
    const { cardId } = cardResultSchema.parse(carded.body);
    expect(cardResultSchema.parse((await parent.post('cards', card)).body).cardId).toBe(cardId);
    expect((await parent.me(carded)).items[1]).toMatchObject({
      relationName: '子女',
      guardian: true,
      cards: [{ cardId, number: 'YY2***0001', institutionName: '青浦示例医院' }],
    });
    const removedCard = await parent.delete(`cards/${personId}/${cardId}`);
    expect((await parent.me(removedCard)).items[1]?.cards).toEqual([]);
    const removed = await parent.delete(`family/${personId}`);
    expect((await parent.me(removed)).items).toHaveLength(1);
    expect(await host.host.people.actsFor(parent.account, personId)).toBe(false);
  });

  it('cannot touch other people’s persons, and does not learn that they exist', async () => {
    const owner = await Resident.registered();
    const stranger = await Resident.registered();
    const { personId } = owner;
    const nobody = randomUUID();
    for (const id of [personId, nobody]) {
      const card = { personId: id, kind: 'healthCode', number: 'A1234567' };
      expect(codeOf(await stranger.post('cards', card))).toEqual([404, 'person-unknown']);
      expect(codeOf(await stranger.delete(`cards/${id}/${nobody}`))).toEqual([404, 'person-unknown']);
      expect(codeOf(await stranger.delete(`family/${id}`))).toEqual([404, 'member-unknown']);
      const mobile = await stranger.client.send(
        'PUT',
        '/api/residents/mobile',
        { personId: id, mobile: '19911112222' },
        key(),
      );
      expect(codeOf(mobile)).toEqual([404, 'person-unknown']);
    }
  });
});

describe('the register of identities', () => {
  let resident: Resident;
  beforeEach(async () => {
    resident = await Resident.next();
  });

  it('decides: a wrong name, a number that nobody has, and no answer change nothing', async () => {
    const person = people.grownUp();
    const stranger = people.grownUp();
    expect(codeOf(await resident.register(person, { name: stranger.name }))).toEqual([
      422,
      'identity-mismatch',
    ]);
    const passport = { identityKind: '03', identityNumber: 'E12345678', sex: '1', birthDate: '1990-01-01' };
    expect(codeOf(await resident.register(person, passport))).toEqual([422, 'identity-unknown']);
    host.host.identityRegister?.setFault({ kind: 'drop' });
    const idempotencyKey = randomUUID();
    const away = await resident.register(person, {}, idempotencyKey);
    expect(codeOf(away)).toEqual([503, 'identity-register-unavailable']);
    expect(away.headers.get('retry-after')).not.toBeNull();
    expect((await search(coordinator, { identity: person.identityNumber })).items).toEqual([]);
    host.host.identityRegister?.reset();
    expect((await resident.register(person, {}, idempotencyKey)).status).toBe(201);
  });
});

describe('a race', () => {
  it('for one number, at the portal and at the desk, makes one person', async () => {
    const person = people.grownUp();
    const residents = [await Resident.next(), await Resident.next()];
    const answers = await Promise.all([
      ...residents.map((resident) => resident.register(person)),
      ...Array.from({ length: 4 }, () =>
        coordinator.send('POST', '/api/residents/desk/callers', { person: typedIn(person) }, key()),
      ),
    ]);
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    const ids = new Set(answers.map(({ body }) => personResultSchema.parse(body).personId));
    expect(ids.size).toBe(1);
    const position = answers
      .map(({ body }) => BigInt(personResultSchema.parse(body).position))
      .reduce((a, b) => (a > b ? a : b));
    const found = await search(coordinator, { identity: person.identityNumber, after: String(position) });
    expect(found.items.map(({ personId }) => personId)).toEqual([...ids]);
  });
});

describe('the desk', () => {
  it('finds by number, mobile and name, all exact, and sees nothing in clear', async () => {
    const person = people.grownUp();
    const registered = await coordinator.send(
      'POST',
      '/api/residents/desk/callers',
      { person: typedIn(person) },
      key(),
    );
    const { personId, position: after } = personResultSchema.parse(registered.body);
    for (const query of [
      { identity: person.identityNumber.toLowerCase() },
      { mobile: person.mobile },
      { name: person.name, mobile: person.mobile },
    ]) {
      const found = await search(coordinator, { ...query, after });
      expect(found.items.map((item) => item.personId)).toEqual([personId]);
      for (const secret of [person.name, person.identityNumber, person.mobile])
        expect(JSON.stringify(found)).not.toContain(secret);
    }
    expect((await search(coordinator, { name: person.name.slice(0, 1).padEnd(2, '甲') })).items).toEqual([]);
    expect((await search(coordinator, { mobile: person.mobile, name: people.grownUp().name })).items).toEqual(
      [],
    );
    const one = await coordinator.get(`/api/residents/desk/persons/${personId}`);
    expect(maskedPersonSchema.parse(one.body).name).toMatch(/^.\*+$/);
  });

  it('discloses for a purpose to administrators', async () => {
    const person = people.grownUp();
    const registered = await district.send(
      'POST',
      '/api/residents/desk/callers',
      { person: typedIn(person) },
      key(),
    );
    const { personId } = personResultSchema.parse(registered.body);
    const path = `/api/residents/desk/persons/${personId}/disclosure`;
    const disclosed = await district.send('POST', path, { purpose: PURPOSE });
    expect(disclosedResidentSchema.parse(disclosed.body)).toEqual({ ...person });
    expect(codeOf(await coordinator.send('POST', path, { purpose: PURPOSE }))).toEqual([403, 'forbidden']);
    expect(codeOf(await district.send('POST', path, { purpose: '看' }))).toEqual([422, 'invalid-request']);
  });

  it('registers by a document that it has seen where the register knows none', async () => {
    const passport = {
      name: '约翰·史密斯',
      identityKind: '03',
      identityNumber: 'x87654321',
      sex: '1',
      birthDate: '1990-02-03',
      mobile: '19911113333',
    };
    const caller = (documentSeen: boolean) =>
      coordinator.send('POST', '/api/residents/desk/callers', { person: passport, documentSeen }, key());
    expect(codeOf(await caller(false))).toEqual([422, 'identity-unknown']);
    const seen = personResultSchema.parse((await caller(true)).body);
    const found = await search(coordinator, { identity: 'X87654321', after: seen.position });
    expect(found.items).toMatchObject([
      { personId: seen.personId, verification: 'desk', identityKind: '03' },
    ]);
  });

  it('erases: the person is called 已注销, found by nothing, opened by nobody', async () => {
    const person = people.grownUp();
    const registered = await district.send(
      'POST',
      '/api/residents/desk/callers',
      { person: typedIn(person) },
      key(),
    );
    const { personId } = personResultSchema.parse(registered.body);
    const path = `/api/residents/desk/persons/${personId}`;
    const erased = await district.send('POST', `${path}/erasure`, { reason: '本人申请注销' }, key());
    const { position: after } = personResultSchema.parse(erased.body);
    expect((await district.get(`${path}?after=${after}`)).body).toMatchObject({
      name: '已注销',
      erased: true,
      mobile: '',
      identityNumber: '',
    });
    expect((await search(district, { identity: person.identityNumber, after })).items).toEqual([]);
    expect(codeOf(await district.send('POST', `${path}/disclosure`, { purpose: PURPOSE }))).toEqual([
      404,
      'person-unknown',
    ]);
    expect(await host.host.people.openPerson(personId)).toBeUndefined();
    expect([...(await host.host.people.maskedNames([personId])).values()]).toEqual(['已注销']);
    const again = await until('the number is free again', async () => {
      const answer = await district.send(
        'POST',
        '/api/residents/desk/callers',
        { person: typedIn(person) },
        key(),
      );
      return answer.status === 201 && answer;
    });
    expect(personResultSchema.parse(again.body).personId).not.toBe(personId);
  });
});

describe('the preview list', () => {
  it('takes somebody in, is found by user and channel, and lets them go', async () => {
    const person = people.grownUp();
    const registered = await district.send(
      'POST',
      '/api/residents/desk/callers',
      { person: typedIn(person) },
      key(),
    );
    const { personId } = personResultSchema.parse(registered.body);
    const wanted = { personId, channel: 'districtPortal', service: 'waitlist', reason: '首批体验' };
    const granted = await district.send('POST', '/api/residents/previews', wanted, key());
    expect([granted.status, previewResultSchema.parse(granted.body).outcome]).toEqual([201, 'granted']);
    const again = await district.send('POST', '/api/residents/previews', wanted, key());
    expect(previewResultSchema.parse(again.body).outcome).toBe('unchanged');
    const after = String(field(granted, 'position'));
    const listed = await district.get(`/api/residents/previews?channel=districtPortal&after=${after}`);
    expect(previewPageSchema.parse(listed.body).items).toMatchObject([
      { personId, channelName: '区级门户', serviceName: '候补预约', stateName: '生效中' },
    ]);
    const found = async (query: object) =>
      previewPageSchema.parse((await district.send('POST', '/api/residents/previews/search', query)).body)
        .total;
    expect(await found({ mobile: person.mobile, after })).toBe(1);
    expect(await found({ mobile: people.grownUp().mobile })).toBe(0);
    expect(await found({ name: person.name, channel: 'phone' })).toBe(0);
    const path = `/api/residents/previews/${personId}/districtPortal/waitlist`;
    const revoked = await district.send('DELETE', path, { reason: '体验结束' }, key());
    expect(previewResultSchema.parse(revoked.body).outcome).toBe('revoked');
    const rest = { state: 'revoked', mobile: person.mobile, after: String(field(revoked, 'position')) };
    expect(await found(rest)).toBe(1);
    expect(codeOf(await district.send('DELETE', path, { reason: '再次移除' }, key()))).toEqual([
      404,
      'preview-unknown',
    ]);
  });
});
