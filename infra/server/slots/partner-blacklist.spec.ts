import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blockPageSchema } from '@qingpu/contracts/http/slots';
import {
  blacklistLandingResultSchema,
  blacklistResultSchema,
} from '@qingpu/contracts/partners/hospital/slots';
import type { SyntheticResident } from '@qingpu/data/residents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, DeskClient, field, PartnerClient } from '../testing/api-client.ts';
import { BookingResident, inDays, registerSchedule, sampleSchedule } from '../testing/booking-resident.ts';
import { partnerOf } from '../testing/data-folder.ts';
import { startTestHost, type TestHost } from '../testing/host-in-process.ts';
import { registerHospital } from '../testing/sample-hospital.ts';
import { SyntheticPeople } from '../testing/synthetic-people.ts';

const people = new SyntheticPeople();
let host: TestHost;
let hospital: PartnerClient;
let other: PartnerClient;
let desk: DeskClient;
let institutionCode: string;
let entries = 0;

beforeAll(async () => {
  host = await startTestHost();
  hospital = new PartnerClient(host.url, partnerOf(host, '中山医院'));
  other = new PartnerClient(host.url, partnerOf(host, '朱家角人民医院'));
  institutionCode = hospital.partner.institutionCode;
  await registerHospital(hospital);
  await registerHospital(other);
  desk = await DeskClient.signIn(host.url, 'zhongshan-admin');
});
afterAll(() => host.close());

const named = ({ name, identityKind, identityNumber, mobile }: SyntheticResident) => ({
  name,
  identityKind,
  identityNumber,
  mobile,
});
/** An entry of the hospital's list, with a number of its own unless told. */
function entry(person: SyntheticResident, changes: object = {}) {
  entries += 1;
  return {
    entryCode: `B${entries}`,
    person: named(person),
    kind: 'scalping',
    reason: '多次倒号',
    from: inDays(0),
    until: null,
    ...changes,
  };
}
const post = (path: string, body: object, idempotencyKey: string = randomUUID(), client = hospital) =>
  client.post(
    `/api/partner/v1/${path}`,
    { institutionCode: client.partner.institutionCode, ...body },
    { idempotencyKey },
  );
const add = (body: object, key?: string, client?: PartnerClient) =>
  post('blacklist-entries', body, key, client);
const appeal = (entryCode: string, upheld: boolean, key?: string) =>
  post('blacklist-appeals', { entryCode, upheld, reason: '核实无误' }, key);
const land = async (listed: readonly object[], key?: string) =>
  blacklistLandingResultSchema.parse((await post('blacklist-landings', { entries: listed }, key)).body);
const outcomeOf = (answer: Answer) =>
  answer.status === 200 ? blacklistResultSchema.parse(answer.body).outcome : field(answer, 'code');

/** The blocks of the hospital that the desk sees once the view has that position. */
async function blocks(after: string) {
  const wanted = { state: 'inForce', size: 100, after };
  const { body } = await desk.send('POST', '/api/slots/desk/blocks/search', wanted);
  return blockPageSchema.parse(body).items;
}
const positionOf = (answer: Answer) => blacklistResultSchema.parse(answer.body).position;

describe('an entry of a hospital’s black list', () => {
  it('keeps a registered person from booking there and nowhere else', async () => {
    const person = people.grownUp();
    const resident = await BookingResident.register(host.url, 'newcomer-1', person);
    expect(outcomeOf(await add(entry(person)))).toBe('recorded');
    const here = await registerSchedule(hospital, sampleSchedule(institutionCode, 'H1'));
    const there = await registerSchedule(other, sampleSchedule(other.partner.institutionCode, 'O1'));
    await expect(resident.book(here)).rejects.toThrow('person-blocked');
    expect((await resident.book(there)).state).toBe('booked');
  });

  it('names somebody whom nobody knows yet, who is that person when they register', async () => {
    const person = people.grownUp();
    await add(entry(person));
    const resident = await BookingResident.register(host.url, 'newcomer-2', person);
    const schedule = await registerSchedule(hospital, sampleSchedule(institutionCode, 'H2'));
    await expect(resident.book(schedule)).rejects.toThrow('person-blocked');
  });

  it('that comes again changes nothing; other words under its number are refused', async () => {
    const body = entry(people.grownUp());
    const key = randomUUID();
    const first = await add(body, key);
    expect((await add(body, key)).body).toEqual(first.body);
    expect(outcomeOf(await add(body))).toBe('unchanged');
    expect(outcomeOf(await add({ ...body, kind: 'violence' }))).toBe('block-differs');
    expect(outcomeOf(await add({ ...body, kind: 'violence' }, key))).toBe('idempotency-key-reused');
  });

  it('is one person’s: another one under the same number is refused, also at the same time', async () => {
    const body = entry(people.grownUp());
    const someoneElse = { ...body, person: named(people.grownUp()) };
    const outcomes = (await Promise.all([add(body), add(someoneElse)])).map(outcomeOf);
    expect(outcomes.toSorted()).toEqual(['block-differs', 'recorded']);
  });

  it('has its number to itself at each hospital', async () => {
    const person = people.grownUp();
    const body = entry(person);
    expect(outcomeOf(await add(body))).toBe('recorded');
    expect(outcomeOf(await add(body, undefined, other))).toBe('recorded');
  });

  it.each([
    [
      'a wrong check character',
      { person: { ...named(people.grownUp()), identityNumber: '310118198001010155' } },
    ],
    ['no name', { person: { ...named(people.grownUp()), name: ' ' } }],
    ['a document of no kind', { person: { ...named(people.grownUp()), identityKind: '99' } }],
    ['no reason', { reason: '' }],
    ['a kind that is in no table', { kind: 'rude' }],
  ])('with %s is refused', async (_what, changes) => {
    expect(outcomeOf(await add(entry(people.grownUp(), changes)))).toBe('invalid-request');
  });

  it('whose name is not that of the document on file is refused', async () => {
    const person = people.grownUp();
    await BookingResident.register(host.url, 'newcomer-3', person);
    const wrong = { person: { ...named(person), name: '另有其人' } };
    expect(outcomeOf(await add(entry(person, wrong)))).toBe('identity-mismatch');
  });

  it('that is over before it begins is refused', async () => {
    const person = people.grownUp();
    expect(outcomeOf(await add(entry(person, { until: inDays(0) })))).toBe('block-span');
    const query = { identity: person.identityNumber, purpose: '核对黑名单' };
    expect(field(await desk.send('POST', '/api/residents/desk/search', query), 'items')).toEqual([]);
  });

  it('leaves a trace of whom it named, and nothing of them in clear', async () => {
    const person = people.grownUp();
    const reason = '仅此一条';
    const answer = await add(entry(person, { reason }));
    const folder = join(host.folder, 'data', 'audit');
    const files = await readdir(folder);
    const audit = (await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))).join('');
    const block = (await blocks(positionOf(answer))).find((each) => each.reason === reason);
    expect(block).toBeDefined();
    expect(audit).toMatch(new RegExp(`blacklist-entries.*${block?.personId}`));
    expect(audit).not.toContain(person.identityNumber);
    expect(audit).not.toContain(person.name);
  });
});

describe('an appeal that the hospital decided', () => {
  it('lifts the block when it is upheld, once', async () => {
    const body = entry(people.grownUp());
    await add(body);
    const key = randomUUID();
    const upheld = await appeal(body.entryCode, true, key);
    expect(outcomeOf(upheld)).toBe('lifted');
    expect((await appeal(body.entryCode, true, key)).body).toEqual(upheld.body);
    expect(outcomeOf(await appeal(body.entryCode, true))).toBe('unchanged');
    expect(outcomeOf(await appeal(body.entryCode, false))).toBe('appeal-decided');
    expect(outcomeOf(await add(body))).toBe('block-lifted');
  });

  it('is the hospital’s to take, however long ago it blocked', async () => {
    const body = entry(people.grownUp(), { from: '2020-01-01' });
    await add(body);
    expect(outcomeOf(await appeal(body.entryCode, true))).toBe('lifted');
  });

  it('leaves it when it is dismissed', async () => {
    const person = people.grownUp();
    const body = entry(person);
    await add(body);
    expect(outcomeOf(await appeal(body.entryCode, false))).toBe('dismissed');
    expect(outcomeOf(await add(body))).toBe('unchanged');
  });

  it('decides the appeal that the person filed here', async () => {
    const person = people.grownUp();
    const resident = await BookingResident.register(host.url, 'newcomer-4', person);
    const body = entry(person);
    const [block] = (await blocks(positionOf(await add(body)))).filter(
      ({ personId }) => personId === resident.personId,
    );
    const filed = await resident.post('/api/slots/appeals', {
      personId: resident.personId,
      subject: { kind: 'block', id: block?.blockId },
      statement: '不是本人所为',
    });
    expect(filed.status).toBe(201);
    expect(outcomeOf(await appeal(body.entryCode, true))).toBe('lifted');
  });

  it('is refused for an entry of another hospital, or of nobody', async () => {
    const body = entry(people.grownUp());
    await add(body, undefined, other);
    expect(outcomeOf(await appeal(body.entryCode, true))).toBe('block-unknown');
    expect(outcomeOf(await appeal('NOBODY', true))).toBe('block-unknown');
  });
});

describe('a landing of a hospital’s list', () => {
  it('adds what is new, lifts what is missing, and leaves the desk’s own and other hospitals’', async () => {
    await land([]);
    const [kept, gone, fresh] = [entry(people.grownUp()), entry(people.grownUp()), entry(people.grownUp())];
    await add(kept);
    const atOther = await add(entry(people.grownUp()), undefined, other);
    const [blocked] = await blocks(positionOf(await add(gone)));
    const byDesk = {
      personId: blocked?.personId,
      kind: 'violence',
      scope: institutionCode,
      reason: '伤医',
      until: null,
    };
    await desk.send('POST', '/api/slots/desk/blocks', byDesk, { 'idempotency-key': randomUUID() });

    const landed = await land([kept, fresh]);
    expect(landed).toMatchObject({ added: 1, lifted: 1, unchanged: 1, refused: [] });
    const left = await blocks(landed.position);
    expect(left.map(({ kind }) => kind).toSorted()).toEqual(['scalping', 'scalping', 'violence']);
    expect((await land([kept, fresh])).lifted).toBe(0);
    const district = await DeskClient.signIn(host.url, 'district-admin');
    const all = await district.send('POST', '/api/slots/desk/blocks/search', {
      state: 'inForce',
      size: 100,
      after: positionOf(atOther),
    });
    expect(blockPageSchema.parse(all.body).total).toBeGreaterThan(left.length);
  });

  it('that comes again under its key answers the same and lifts nothing that was added since', async () => {
    const [old, kept, since] = [entry(people.grownUp()), entry(people.grownUp()), entry(people.grownUp())];
    await add(old);
    const key = randomUUID();
    const landed = await land([kept], key);
    expect(landed).toMatchObject({ added: 1 });
    expect(landed.lifted).toBeGreaterThan(0);
    await add(since);
    expect(await land([kept], key)).toEqual(landed);
    expect(outcomeOf(await add(since))).toBe('unchanged');
    const other = await post('blacklist-landings', { entries: [] }, key);
    expect(field(other, 'code')).toBe('idempotency-key-reused');
  });

  it('answers what cannot be taken, and lifts nothing for it', async () => {
    const kept = entry(people.grownUp());
    await add(kept);
    const differs = { ...kept, reason: '另一个原因' };
    const landed = await land([differs, entry(people.grownUp(), { until: inDays(-1) })]);
    expect(landed.refused.map(({ problem }) => problem)).toEqual(['block-differs', 'block-span']);
    expect(outcomeOf(await add(kept))).toBe('unchanged');
  });

  it('with the same number twice, or of another hospital, is refused as a whole', async () => {
    const body = entry(people.grownUp());
    const twice = await post('blacklist-landings', { entries: [body, body] });
    expect([twice.status, field(twice, 'code')]).toEqual([422, 'duplicate-item']);
    const foreign = { institutionCode: other.partner.institutionCode, entries: [body] };
    expect(field(await post('blacklist-landings', foreign), 'code')).toBe('foreign-institution');
  });
});
