import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { myPersonsSchema } from '@qingpu/contracts/http/residents';
import { blockPageSchema } from '@qingpu/contracts/http/slots';
import type { DoctorPerson } from '@qingpu/contracts/partners/hospital/registration';
import { sampleDoctor, samplePerson, sampleResidentId } from '@qingpu/contracts/testing/sample-directory';
import { type SyntheticResident, syntheticResidents } from '@qingpu/data/residents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repositoryFolder } from './http/static-files.ts';
import { type Answer, DeskClient, directoryPath, field, PartnerClient, send } from './testing/api-client.ts';
import { registerSchedule, sampleSchedule } from './testing/booking-resident.ts';
import {
  createDataFolder,
  type DataFolder,
  FOREIGN_ADMIN,
  OWN_ADMIN,
  partnerOf,
} from './testing/data-folder.ts';
import { filesBelow, filesHolding, rowsHolding } from './testing/disk.ts';
import { type HostProcess, hostIsBuilt, startHostProcess } from './testing/host-process.ts';
import { registerHospital } from './testing/sample-hospital.ts';
import { typedIn } from './testing/synthetic-people.ts';
import { until } from './testing/until.ts';

const VERIFIER = join(repositoryFolder(), 'infra', 'crypto', 'dist', 'audit-verify.main.js');
const PURPOSE = '核对执业信息';

/** People whose data is found at once wherever it stands. */
const PEOPLE = [1, 2, 3].map((number) =>
  samplePerson({
    name: `欧阳龘${'甲乙丙'.charAt(number - 1)}`,
    expertise: `罕见擅长${number}号`,
    residentId: sampleResidentId(700 + number, '19771212'),
    mobile: `1391234567${number}`,
    certificateNumber: `11031777700000${number}`,
  }),
);
const [KEPT, ERASED, CHANGED] = PEOPLE as [DoctorPerson, DoctorPerson, DoctorPerson];
const NEW_MOBILE = '13977778888';

/** Residents whom the simulated register knows, with names that stand nowhere else; whom the start prints are others. */
const [HOLDER, MEMBER, CALLER] = syntheticResidents()
  .filter(({ name, birthDate }) => [...name].length === 4 && birthDate < '2000-01-01')
  .slice(-3) as [SyntheticResident, SyntheticResident, SyntheticResident];
const RESIDENTS = [HOLDER, MEMBER, CALLER];
const CARD_NUMBER = 'YS77665544332211';
/** What somebody writes who appeals: everything that a person could be known by. */
const STATEMENT = `本人${HOLDER.name}，证件${HOLDER.identityNumber}，电话${HOLDER.mobile}，当日已到院`;
const RESIDENT_NAMES = RESIDENTS.map(({ name }) => name);

/** What no file and no log may ever hold. */
const SECRETS = [
  ...PEOPLE.flatMap(({ residentId, mobile, certificateNumber }) => [residentId, mobile, certificateNumber]),
  ...RESIDENTS.flatMap(({ identityNumber, mobile }) => [identityNumber, mobile]),
  CARD_NUMBER,
  NEW_MOBILE,
];
const NAMES = [...PEOPLE.map(({ name }) => name), ...RESIDENT_NAMES];

interface AuditRecord {
  readonly kind: string;
  readonly requestId?: string;
  readonly action?: string;
  readonly target?: string;
  readonly purpose?: string;
  readonly outcome?: number;
  readonly actor?: { readonly id: string; readonly role: string };
}

let data: DataFolder;
let host: HostProcess;
let partner: PartnerClient;
let institutionCode: string;
let admin: DeskClient;
let district: DeskClient;
let resident: DeskClient;
let callerId: string;
let holderId: string;
let bookingId: string;
let records: readonly AuditRecord[];
const problems: string[] = [];
const inData = (...parts: readonly string[]) => join(data.folder, 'data', ...parts);

describe.skipIf(!hostIsBuilt)('personal data (skipped until the host is built)', () => {
  beforeAll(async () => {
    data = await createDataFolder({ QINGPU_LOG_LEVEL: 'debug' });
    host = await startHostProcess(data.environment);
    partner = new PartnerClient(host.url, partnerOf(data, '中山医院'));
    institutionCode = partner.partner.institutionCode;
    admin = await DeskClient.signIn(host.url, OWN_ADMIN);
    district = await DeskClient.signIn(host.url, 'district-admin');
    resident = await DeskClient.signIn(host.url, 'newcomer-1');
    await live();
    await liveAsResidents();
    await liveAsPatients();
    await provokeErrors();
    await provokeErrorsAboutResidents();
    await provokeErrorsAboutBookings();
    await eraseOne();
    await eraseCaller();
    await host.end('SIGTERM');
    records = await auditRecords();
  });

  afterAll(async () => {
    await host?.end('SIGKILL');
    await rm(data.folder, { recursive: true });
  });

  it('stands in no file of the data folder: no identity number, no mobile, no certificate', async () => {
    const files = await filesBelow(data.folder);
    expect(files.length).toBeGreaterThan(5);
    expect(await filesHolding(files, SECRETS)).toEqual([]);
  });

  it('stands in no line of the log, at the most talkative level', () => {
    const said = host.output();
    expect(said).toContain('/api/partner/v1/doctors');
    expect([...SECRETS, ...NAMES].filter((text) => said.includes(text))).toEqual([]);
  });

  it('with names stands neither in the event store nor in the audit log', async () => {
    const files = [...(await filesBelow(inData('events'))), ...(await filesBelow(inData('audit')))];
    expect(await filesHolding(files, NAMES)).toEqual([]);
  });

  it('of residents stands in no file at all, not even a name', async () => {
    expect(await filesHolding(await filesBelow(data.folder), RESIDENT_NAMES)).toEqual([]);
  });

  it('of a patient whose booking or record was read leaves an audit entry naming the person', () => {
    const of = (action: string) =>
      records
        .filter((record) => record.action === action && record.target === holderId)
        .map(({ actor, outcome }) => [actor?.id, outcome]);
    expect(of('POST /api/slots/desk/bookings/search')).toContainEqual([OWN_ADMIN, 200]);
    expect(of('GET /api/slots/desk/bookings/:id')).toEqual([[OWN_ADMIN, 200]]);
    expect(of('GET /api/slots/desk/bookings/export')).toEqual([[OWN_ADMIN, 200]]);
    expect(of('POST /api/slots/desk/blocks/search')).toEqual([['district-admin', 200]]);
    expect(of('GET /api/slots/desk/appeals')).toContainEqual(['district-admin', 200]);
  });

  it('of a resident that was found or disclosed leaves an audit entry with the purpose, naming the person', () => {
    const of = (action: string) =>
      records.filter((record) => record.action === `POST /api/residents/desk/${action}`);
    const about = (record: AuditRecord) => [record.actor?.id, record.target, record.outcome, record.purpose];
    expect(of('search').map(about)).toContainEqual(['coordinator', callerId, 200, PURPOSE]);
    expect(of('persons/:person/disclosure').map(about)).toEqual([
      ['district-admin', callerId, 200, PURPOSE],
      ['coordinator', callerId, 403, undefined],
      // Somebody's identity number where the id belongs: it is not written down.
      ['district-admin', '?', 422, undefined],
      ['district-admin', callerId, 404, PURPOSE],
    ]);
    const mine = records.filter(({ action }) => action === 'GET /api/residents/me');
    expect(mine.map(({ actor, outcome }) => [actor?.id, outcome])).toContainEqual(['newcomer-1', 200]);
  });

  it('with names stands in the published listing, until it is erased', async () => {
    const [file = ''] = (await filesBelow(inData('documents'))).filter((name) => /\.(db|sqlite)$/.test(name));
    expect(rowsHolding(file, [KEPT.name]).length).toBeGreaterThan(0);
    expect(rowsHolding(file, [ERASED.name, ERASED.expertise])).toEqual([]);
  });

  // The embedded document store does not overwrite what it deletes: no row holds the name any more, but pages do,
  // until they are used again. The spec turns red when it does, and then loses its `fails`.
  it('once erased is overwritten on disk as well', async () => {
    const files = await filesBelow(inData('documents'));
    expect(await filesHolding(files, [ERASED.name, ERASED.expertise])).toEqual([]);
  });

  it('once disclosed leaves an audit entry with the purpose, also when it is refused', () => {
    const disclosures = records.filter(({ action }) => /directory.*disclosure$/.test(action ?? ''));
    const target = (code: string) => `${institutionCode}/${code}`;
    expect(
      disclosures.map(({ actor, outcome, purpose, target: on }) => [actor?.id, on, outcome, purpose]),
    ).toEqual([
      [OWN_ADMIN, target('P1'), 200, PURPOSE],
      [OWN_ADMIN, target('P1'), 422, undefined],
      [FOREIGN_ADMIN, target('P1'), 403, undefined],
      [OWN_ADMIN, target('P2'), 404, PURPOSE],
    ]);
  });

  it('once read by staff leaves an audit entry that names the doctor and the reader', () => {
    const readings = records.filter(
      ({ action }) => action === 'GET /api/directory/doctors/:institution/:code',
    );
    const of = (id: string) => readings.filter(({ actor }) => actor?.id === id);
    expect(of(OWN_ADMIN).some(({ target }) => target === `${institutionCode}/P1`)).toBe(true);
    expect(of('district-admin').some(({ target }) => target === `${institutionCode}/P2`)).toBe(true);
    const lists = records.filter(({ action }) => action === 'GET /api/directory/doctors');
    expect(lists.some(({ actor }) => actor?.id === OWN_ADMIN)).toBe(true);
  });

  it('leaves an audit entry for every refused request, too', () => {
    const known = new Set(records.map(({ requestId }) => requestId));
    expect(problems.length).toBeGreaterThan(8);
    expect(problems.filter((requestId) => !known.has(requestId))).toEqual([]);
  });

  it('is audited in a folder that the verifier finds whole, and not when a byte was changed', async () => {
    expect(verify()).toBe(0);
    const [file = ''] = (await readdir(inData('audit'))).filter((name) => name.endsWith('.jsonl'));
    const text = await readFile(inData('audit', file), 'utf8');
    await writeFile(inData('audit', file), text.replace(`"purpose":"${PURPOSE}"`, '"purpose":"看看而已了"'));
    expect(verify()).toBe(1);
    await writeFile(inData('audit', file), text);
    expect(verify()).toBe(0);
    await appendFile(inData('audit', file), '{}\n');
    expect(verify()).toBe(1);
  });
});

function verify(): number | null {
  const keys = inData('keys', 'master-keys.json');
  return spawnSync(process.execPath, [VERIFIER, '--folder', inData('audit'), '--keys', keys]).status;
}

async function auditRecords(): Promise<AuditRecord[]> {
  const files = (await filesBelow(inData('audit'))).filter((file) => file.endsWith('.jsonl'));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return texts
    .join('')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as AuditRecord)
    .filter(({ kind }) => kind === 'request');
}

function doctor(code: string, person: unknown) {
  return { institutionCode, code, details: sampleDoctor(), person };
}

const path = (code: string) => directoryPath('doctor', institutionCode, code);

/** Everything that happens to doctors in daily life. */
async function live(): Promise<void> {
  await registerHospital(partner);
  const batch = await partner.registerBatch(
    'doctor',
    PEOPLE.map((person, index) => doctor(`P${index + 1}`, person)),
  );
  expect(field(batch, 'accepted')).toBe(3);
  const changed = await partner.register('doctor', doctor('P3', { ...CHANGED, mobile: NEW_MOBILE }));
  const { position } = changed.body as { readonly position: string };
  const details = sampleDoctor({ title: '232' });
  await admin.change('PUT', path('P3'), { details, person: CHANGED }, 1);
  expect((await admin.get(`${path('P1')}?after=${position}`)).status).toBe(200);
  await admin.get(`${directoryPath('doctor')}?q=${encodeURIComponent(KEPT.name)}`);
  await district.get(path('P2'));
  await district.get(`${path('P3')}/history`);
  const disclosed = await admin.send('POST', `${path('P1')}/disclosure`, { purpose: PURPOSE });
  expect(field(disclosed, 'residentId')).toBe(KEPT.residentId);
}

const key = () => ({ 'idempotency-key': randomUUID() });
const ask = (client: DeskClient, path: string, body: unknown, method = 'POST') =>
  client.send(method, `/api/residents/${path}`, body, key());

/** Everything that happens to residents in daily life. */
async function liveAsResidents(): Promise<void> {
  const coordinator = await DeskClient.signIn(host.url, 'coordinator');
  const registered = await ask(resident, 'registration', { person: typedIn(HOLDER) });
  expect(registered.status).toBe(201);
  const personId = field(registered, 'personId');
  holderId = String(personId);
  expect((await ask(resident, 'family', { person: typedIn(MEMBER), relation: 'parent' })).status).toBe(201);
  const card = { personId, kind: 'socialSecurity', number: CARD_NUMBER };
  expect((await ask(resident, 'cards', card)).status).toBe(201);
  expect((await ask(resident, 'mobile', { personId, mobile: NEW_MOBILE }, 'PUT')).status).toBe(200);
  const caller = await ask(coordinator, 'desk/callers', { person: typedIn(CALLER) });
  callerId = String(field(caller, 'personId'));
  const after = String(field(caller, 'position'));
  await resident.get(`/api/residents/me?after=${after}`);
  for (const query of [
    { identity: CALLER.identityNumber },
    { mobile: CALLER.mobile },
    { name: CALLER.name },
  ]) {
    const found = await ask(coordinator, 'desk/search', { ...query, purpose: PURPOSE, after });
    expect(found.text).toContain(callerId);
    expect([...SECRETS, ...NAMES].filter((text) => found.text.includes(text))).toEqual([]);
  }
  const disclosed = await ask(district, `desk/persons/${callerId}/disclosure`, { purpose: PURPOSE });
  expect(field(disclosed, 'identityNumber')).toBe(CALLER.identityNumber);
  noteProblem(await ask(coordinator, `desk/persons/${callerId}/disclosure`, { purpose: PURPOSE }));
  const preview = { personId: callerId, channel: 'phone', service: 'waitlist', reason: '首批体验' };
  expect((await ask(district, 'previews', preview)).status).toBe(201);
  await ask(district, 'previews/search', { mobile: CALLER.mobile, name: CALLER.name });
}

/** A booking from the claim to the hospital's report, seen by everybody who may; and an appeal that names its author. */
async function liveAsPatients(): Promise<void> {
  const schedule = await registerSchedule(partner, sampleSchedule(institutionCode, 'PRIVACY'));
  const mine = await resident.get('/api/residents/me');
  const [holder] = myPersonsSchema.parse(mine.body).items;
  const wish = { institutionCode, scheduleId: schedule.scheduleId, start: '08:00', personId: holderId };
  const booked = await slots(resident, 'bookings', { ...wish, cardId: holder?.cards[0]?.cardId ?? null });
  expect(booked.status).toBe(201);
  bookingId = String(field(booked, 'bookingId'));
  const orderNumber = String(field(booked, 'orderNumber'));
  const after = String(field(booked, 'position'));
  const search = { institution: institutionCode, after };
  for (const named of [
    { patient: HOLDER.name },
    { mobile: NEW_MOBILE },
    { identity: HOLDER.identityNumber },
  ]) {
    const found = await slots(admin, 'desk/bookings/search', { ...search, ...named });
    expect(found.text).toContain(orderNumber);
  }
  const seen = [
    await resident.get(`/api/slots/bookings/${bookingId}`),
    await admin.get(`/api/slots/desk/bookings/${bookingId}`),
    await admin.get(`/api/slots/desk/bookings/export?institution=${institutionCode}`),
    await admin.get(`/api/slots/trace?institution=${institutionCode}&order=${orderNumber}`),
    await admin.get(`/api/slots/trace/${institutionCode}/PRIVACY/${String(field(booked, 'slotId'))}`),
  ];
  for (const { status, text } of seen) {
    expect(status).toBe(200);
    expect([...SECRETS, ...NAMES].filter((secret) => text.includes(secret))).toEqual([]);
  }
  const block = { personId: holderId, kind: 'scalping', scope: 'district', reason: '疑似转让号源' };
  const blocked = await slots(district, 'desk/blocks', block);
  const blocks = await slots(district, 'desk/blocks/search', {
    mobile: NEW_MOBILE,
    after: field(blocked, 'position'),
  });
  const [listed] = blockPageSchema.parse(blocks.body).items;
  const subject = { kind: 'block', id: listed?.blockId };
  const appeal = { personId: holderId, subject, statement: STATEMENT };
  expect((await slots(resident, 'appeals', appeal)).status).toBe(201);
  // Whoever decides reads it; nothing else holds it.
  await until('the appeal is listed', async () =>
    (await district.get('/api/slots/desk/appeals')).text.includes(STATEMENT),
  );
}

const slots = (client: DeskClient, path: string, body: unknown) =>
  client.send('POST', `/api/slots/${path}`, body, key());

/** Personal data in requests about bookings, where it does not belong and where nothing comes of it. */
async function provokeErrorsAboutBookings(): Promise<void> {
  const wish = { institutionCode, scheduleId: 'PRIVACY', start: '08:00' };
  const refused = [
    await slots(resident, 'bookings', { ...wish, personId: HOLDER.identityNumber }),
    await slots(resident, 'bookings', { ...wish, personId: holderId, [HOLDER.name]: HOLDER.mobile }),
    await slots(resident, `bookings/${HOLDER.identityNumber}/cancellation`, {}),
    await slots(resident, 'bookings', `{"personId":"${HOLDER.identityNumber}"`),
    await slots(admin, 'desk/bookings/search', { patient: HOLDER.name, page: HOLDER.identityNumber }),
    await slots(admin, `desk/bookings/${bookingId}/outcome`, { outcome: HOLDER.name, reason: '更正' }),
    await slots(district, 'desk/blocks', { personId: holderId, kind: HOLDER.name, scope: HOLDER.mobile }),
    await resident.get(`/api/slots/standing/${HOLDER.identityNumber}?after=${HOLDER.mobile}`),
    await admin.get(
      `/api/slots/desk/bookings?from=${encodeURIComponent(HOLDER.name)}&order=${HOLDER.mobile}`,
    ),
    await admin.get(
      `/api/slots/trace/${institutionCode}/${encodeURIComponent(HOLDER.name)}/${HOLDER.mobile}`,
    ),
  ];
  for (const answer of refused) noteProblem(answer);
}

/** Faulty requests about residents: the register refuses, the body is wrong, a name stands in the address. */
async function provokeErrorsAboutResidents(): Promise<void> {
  const refused = [
    await ask(resident, 'registration', { person: typedIn(MEMBER) }),
    await ask(resident, 'family', { person: typedIn(CALLER, { name: HOLDER.name }), relation: 'parent' }),
    await ask(resident, 'family', { person: typedIn(CALLER, { mobile: HOLDER.mobile }), relation: 'parent' }),
    await ask(resident, 'family', { person: typedIn(CALLER, { [HOLDER.identityNumber]: HOLDER.name }) }),
    await ask(resident, 'registration', `{"person":${JSON.stringify(typedIn(CALLER))}`),
    await ask(district, 'previews', {
      personId: CALLER.identityNumber,
      reason: `${CALLER.name}${CALLER.mobile}`,
    }),
    await ask(district, 'desk/search', { name: CALLER.name, purpose: CALLER.identityNumber }),
    await ask(district, `desk/persons/${CALLER.identityNumber}/disclosure`, { purpose: PURPOSE }),
    await district.get(`/api/residents/previews?mobile=${CALLER.mobile}&page=${CALLER.identityNumber}`),
    await resident.get(
      `/api/residents/me?after=${CALLER.identityNumber}&name=${encodeURIComponent(CALLER.name)}`,
    ),
    await resident.get(`/api/residents/${encodeURIComponent(CALLER.name)}/${CALLER.identityNumber}`),
  ];
  for (const answer of refused) noteProblem(answer);
}

/** Erases one resident and waits until their number names nobody any more. */
async function eraseCaller(): Promise<void> {
  const erased = await ask(district, `desk/persons/${callerId}/erasure`, { reason: '本人申请注销' });
  const after = String(field(erased, 'position'));
  const shown = await district.get(`/api/residents/desk/persons/${callerId}?after=${after}`);
  expect(field(shown, 'name')).toBe('已注销');
  noteProblem(await ask(district, `desk/persons/${callerId}/disclosure`, { purpose: PURPOSE }));
}

/** Faulty requests that carry personal data where it belongs, and where it does not. */
async function provokeErrors(): Promise<void> {
  const stranger = await DeskClient.signIn(host.url, FOREIGN_ADMIN);
  const refused = [
    await admin.send('POST', `${path('P1')}/disclosure`, { purpose: '看' }),
    await stranger.send('POST', `${path('P1')}/disclosure`, { purpose: PURPOSE }),
    await partner.register('doctor', doctor('P9', { ...KEPT, sex: KEPT.residentId })),
    await partner.register('doctor', { ...doctor('P9', KEPT), [KEPT.residentId]: KEPT.mobile }),
    await partner.register('doctor', doctor('P9', { ...KEPT, name: `${KEPT.name}${KEPT.mobile}`.repeat(5) })),
    await partner.register('doctor', { ...doctor('P9', KEPT), institutionCode: KEPT.residentId }),
    await partner.post('/api/partner/v1/doctors', `{"person":${JSON.stringify(KEPT)}`),
    await partner.post('/api/partner/v1/doctors', doctor('P9', KEPT), { secret: 's'.repeat(43) }),
    await partner.register('doctor', doctor('P1', KEPT), KEPT.residentId.slice(0, 4)),
    await admin.get(`${directoryPath('doctor')}?q=${KEPT.residentId}&page=${KEPT.mobile}`),
    await admin.get(`${directoryPath('doctor')}?after=${KEPT.certificateNumber}`),
    await admin.get(`/api/nothing?residentId=${KEPT.residentId}&name=${encodeURIComponent(KEPT.name)}`),
    await send(host.url, {
      method: 'POST',
      target: '/api/session',
      body: { account: KEPT.name, code: KEPT.mobile },
    }),
    await send(host.url, { method: 'GET', target: `/api/directory/doctors/%zz/x?mobile=${KEPT.mobile}` }),
  ];
  for (const answer of refused) noteProblem(answer);
}

function noteProblem(answer: Answer): void {
  expect([answer.status >= 400, answer.status < 500]).toEqual([true, true]);
  expect([...SECRETS, ...NAMES].filter((text) => answer.text.includes(text))).toEqual([]);
  problems.push(String(field(answer, 'requestId')));
}

/** Erases one doctor and waits until nobody can see anything of the person any more. */
async function eraseOne(): Promise<void> {
  const erased = await district.change('POST', `${path('P2')}/erasure`, { reason: '本人申请注销' }, 0);
  const { position } = erased.body as { readonly position: string };
  await until('the listing is empty', async () => {
    const found = await district.get(`${path('P2')}?after=${position}`);
    return field(found, 'status') === 'erased' && !found.text.includes(ERASED.name);
  });
  noteProblem(await admin.send('POST', `${path('P2')}/disclosure`, { purpose: PURPOSE }));
  await until('the key is destroyed', async () => {
    const again = await partner.register('doctor', doctor('P2', ERASED));
    return again.status === 409;
  });
}
