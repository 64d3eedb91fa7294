import { rm } from 'node:fs/promises';
import { accessPageSchema, personResultSchema } from '@qingpu/contracts/http/residents';
import { AuditLog } from '@qingpu/crypto/audit-log';
import { AuditReader } from '@qingpu/crypto/audit-reader';
import { auditEntry, newAuditFolder } from '@qingpu/crypto/testing/audit-fixture';
import { ephemeralProvider } from '@qingpu/crypto/testing/ephemeral-provider';
import { FakeViewStore } from '@qingpu/read-models-kernel/testing/fake-view-store';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DeskClient, field } from '../testing/api-client.ts';
import { startTestHost, type TestHost } from '../testing/host-in-process.ts';
import { SyntheticPeople, typedIn } from '../testing/synthetic-people.ts';
import { AccessLog } from './access-log.ts';

const PAGE = { page: 1, size: 20 };
const provider = ephemeralProvider(2);
afterAll(() => provider.close());

describe('who looked at whose record', () => {
  const person = '3d5f2a10-7c4e-4b6d-8f21-000000000901';
  const other = '3d5f2a10-7c4e-4b6d-8f21-000000000902';
  let folder: string;
  let store: FakeViewStore;
  beforeEach(() => {
    folder = newAuditFolder();
    store = new FakeViewStore();
  });
  afterEach(() => rm(folder, { recursive: true }));

  const started = () => new AccessLog(new AuditReader({ folder, provider }), store);
  async function written(...entries: readonly Parameters<typeof auditEntry>[]): Promise<void> {
    const log = await AuditLog.open({ folder, provider });
    for (const entry of entries) await log.append(auditEntry(...entry));
    await log.close();
  }
  async function told(log: AccessLog, personId = person) {
    await log.catchUp();
    return (await log.of(personId, PAGE)).items.map(({ _id }) => _id.split(' ')[0]);
  }

  it('is copied from what stands on disk, whichever run wrote it, and once', async () => {
    await written(['a', { target: person }], ['b', { target: other }]);
    const first = started();
    expect(await told(first)).toEqual(['a']);
    await written(['c', { target: `${person}/districtPortal/waitlist` }]);
    expect(new Set(await told(first))).toEqual(new Set(['a', 'c']));
    // After a restart, and after everything that was copied is gone.
    expect(new Set(await told(started()))).toEqual(new Set(['a', 'c']));
    store = new FakeViewStore();
    expect(new Set(await told(started()))).toEqual(new Set(['a', 'c']));
  });

  it('counts a request once, however often it names the person', async () => {
    await written(
      ['a', { target: person }],
      ['a', { target: person, action: 'GET /api/slots/desk/bookings' }],
    );
    const log = started();
    expect(await told(log)).toEqual(['a']);
    expect((await log.of(person, PAGE)).total).toBe(1);
  });

  it('leaves out residents, what was refused, and what names no person', async () => {
    const actor = { kind: 'resident', id: 'account-1', role: 'resident' };
    await written(
      ['a', { target: person, actor }],
      ['b', { target: person, outcome: 403 }],
      ['c', { target: '-' }],
    );
    expect(await told(started())).toEqual([]);
  });
});

describe('a resident', () => {
  let host: TestHost;
  let resident: DeskClient;
  let coordinator: DeskClient;
  const people = new SyntheticPeople();
  const key = () => ({ 'idempotency-key': crypto.randomUUID() });

  beforeAll(async () => {
    host = await startTestHost();
    resident = await DeskClient.signIn(host.url, 'newcomer-1');
    coordinator = await DeskClient.signIn(host.url, 'coordinator');
  });
  afterAll(() => host.close());

  const accesses = (personId: string, query = '') =>
    resident.get(`/api/residents/persons/${personId}/accesses${query}`);

  it('reads who looked, with purpose and role and a masked name, of themselves and of nobody else', async () => {
    const me = people.grownUp();
    const registered = await resident.send(
      'POST',
      '/api/residents/registration',
      { person: typedIn(me) },
      key(),
    );
    const { personId, position } = personResultSchema.parse(registered.body);
    const search = { purpose: '代为预约登记', identity: me.identityNumber, after: position };
    for (let time = 0; time < 3; time += 1)
      await coordinator.send('POST', '/api/residents/desk/search', search);
    const first = accessPageSchema.parse((await accesses(personId, '?size=2')).body);
    expect([first.total, first.items.length]).toEqual([3, 2]);
    expect(first.items[0]).toMatchObject({
      roleName: '转诊协调员',
      what: '查找居民',
      purpose: '代为预约登记',
    });
    expect(first.items[0]?.staffName).toMatch(/^.\*+$/);
    // Reading it is audited, and is no news.
    expect(accessPageSchema.parse((await accesses(personId)).body).total).toBe(3);
    expect(field(await accesses(crypto.randomUUID()), 'code')).toBe('person-unknown');
    expect((await accesses('not-an-id')).status).toBe(422);
    expect((await accesses(personId, '?size=1000')).status).toBe(422);
  });

  it('reads of a child in their care, and not of a grown-up in the family', async () => {
    const added = async (
      relation: string,
      person: ReturnType<SyntheticPeople['grownUp']>,
      consent: boolean,
    ) => {
      const body = { person: typedIn(person), relation, guardianConsent: consent };
      const answer = await resident.send('POST', '/api/residents/family', body, key());
      return personResultSchema.parse(answer.body).personId;
    };
    const child = await added('child', people.child(), true);
    const parent = await added('parent', people.grownUp(), false);
    expect((await accesses(child)).status).toBe(200);
    expect(field(await accesses(parent), 'code')).toBe('accesses-of-another');
  });
});
