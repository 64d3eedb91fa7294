import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { portalEntryResultSchema } from '@qingpu/contracts/partners/host-app/portal-entry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { field, PartnerClient, send } from '../testing/api-client.ts';
import { startTestHost, type TestHost } from '../testing/host-in-process.ts';
import { SyntheticPeople, typedIn } from '../testing/synthetic-people.ts';

const ENTRIES = '/api/partner/v1/portal-entries';
const app = {
  partnerId: 'jiankang-qingpu',
  secret: randomBytes(32).toString('base64url'),
  name: '健康青浦',
  origin: 'https://app.example',
};

let folder: string;
let host: TestHost;
let client: PartnerClient;
const people = new SyntheticPeople();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'qingpu-apps-'));
  const file = join(folder, 'host-apps.json');
  await writeFile(file, JSON.stringify([app]), { mode: 0o600 });
  host = await startTestHost({ QINGPU_HOST_APPS: file });
  client = new PartnerClient(host.url, { ...app, institutionCode: '' });
});
afterAll(async () => {
  await host.close();
  await rm(folder, { recursive: true });
});

const entryFor = (person: object, path?: string) =>
  client.post(ENTRIES, { person, ...(path !== undefined && { path }) });

async function sessionOf(url: string) {
  const entered = await fetch(url, { redirect: 'manual' });
  const [cookie = ''] = entered.headers.getSetCookie();
  const headers = { cookie: cookie.split(';')[0] ?? '' };
  const session = await send(host.url, { method: 'GET', target: '/api/session', headers });
  const me = await send(host.url, { method: 'GET', target: '/api/residents/me', headers });
  return { entered, session: field(session, 'session'), me };
}

describe('an entry to the portal', () => {
  it('brings the resident, registered by real name, where it leads', async () => {
    const person = people.grownUp();
    const { url } = portalEntryResultSchema.parse(
      (await entryFor(typedIn(person), '/portal/appointments')).body,
    );
    expect(url).not.toMatch(
      new RegExp(`${person.identityNumber}|${person.mobile}|${encodeURIComponent(person.name)}`),
    );
    const { entered, session, me } = await sessionOf(url);
    expect([entered.status, entered.headers.get('location')]).toEqual([303, '/portal/appointments']);
    expect(session).toMatchObject({ role: 'resident', embedded: true });
    expect(field(me, 'registered')).toBe(true);
    // The same resident comes under the same account, without the register.
    host.host.identityRegister?.setFault({ kind: 'status', status: 503 });
    const again = portalEntryResultSchema.parse((await entryFor(typedIn(person))).body);
    host.host.identityRegister?.reset();
    expect((await sessionOf(again.url)).session).toMatchObject({
      accountId: (session as { accountId: string }).accountId,
    });
  });

  it('is refused for a name that is not the document’s, also when the document is known', async () => {
    const person = people.grownUp();
    const wrong = { ...typedIn(person), name: '张冠李戴' };
    expect((await entryFor(wrong)).status).toBe(422);
    expect((await entryFor(typedIn(person))).status).toBe(200);
    expect(field(await entryFor(wrong), 'code')).toBe('identity-mismatch');
  });

  it.each(['https://evil.example', '//evil.example', '/desk', '/portal/../desk', '/portal?x=1', 'portal'])(
    'leads nowhere but into the portal: %s',
    async (path) => {
      expect((await entryFor(typedIn(people.grownUp()), path)).status).toBe(422);
    },
  );

  it.each(['', 'x', 'a'.repeat(43)])(
    'is a page that says what to do for what is no ticket: %j',
    async (ticket) => {
      const answer = await fetch(`${host.url}/api/portal-entry?ticket=${ticket}`, { redirect: 'manual' });
      expect([answer.status, answer.headers.getSetCookie()]).toEqual([410, []]);
      expect(await answer.text()).toContain('请返回健康青浦');
    },
  );

  it('may be held in a frame by that app, and the portal is told so', async () => {
    const { headers } = await fetch(`${host.url}/api/session`);
    expect(headers.get('content-security-policy')).toMatch(
      /frame-ancestors 'self' https:\/\/app\.example(;|$)/,
    );
  });
});
