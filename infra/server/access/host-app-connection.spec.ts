import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { HostAppSimulator } from '@qingpu/simulators/host-app-simulator';
import { afterEach, describe, expect, it } from 'vitest';
import { hostAppsOf } from './host-app-connection.ts';

const NO_FILE = join(import.meta.dirname, 'nobody-has-this-file.json');
const ENTRY = 'http://127.0.0.1:1/api/portal-entry?ticket=a&b="';

let platform: Server | undefined;
let simulator: HostAppSimulator | undefined;
afterEach(async () => {
  platform?.close();
  await simulator?.close();
});

/** A platform that answers every request for an entry like this. */
async function platformAnswering(status: number, body: object): Promise<string> {
  platform = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => platform?.once('listening', resolve));
  return `http://127.0.0.1:${(platform.address() as AddressInfo).port}`;
}

async function simulatedApp(platformUrl: string) {
  const connection = await hostAppsOf({ hostAppsFile: NO_FILE, simulators: true }, () => platformUrl);
  ({ simulator } = connection);
  const page = async (path: string) => {
    const answer = await fetch(`${simulator?.url}${path}`);
    return { status: answer.status, text: await answer.text() };
  };
  return { ...connection, page };
}

describe('the app that embeds the portal', () => {
  it('is simulated only where simulators are on', async () => {
    const none = await hostAppsOf({ hostAppsFile: NO_FILE, simulators: false }, () => '');
    expect(none).toEqual({ apps: [], simulator: undefined });
    const { apps, simulator: app } = await simulatedApp('');
    expect(apps.map(({ origin }) => origin)).toEqual([app?.url]);
  });

  it('offers to be a synthetic resident, and shows the portal to them', async () => {
    const expiresAt = '2026-11-30T08:00:00+08:00';
    const { page } = await simulatedApp(await platformAnswering(200, { url: ENTRY, expiresAt }));
    const home = await page('/');
    expect(home.text).toContain('href="/users/0"');
    expect((await page('/users/0')).text).toContain(
      'src="http://127.0.0.1:1/api/portal-entry?ticket=a&amp;b=',
    );
    expect((await page('/users/999')).status).toBe(404);
  });

  it('says so when the platform does not let them in', async () => {
    const { page } = await simulatedApp(await platformAnswering(503, { code: 'temporarily-unavailable' }));
    const refused = await page('/users/0');
    expect([refused.status, refused.text.includes('请稍后再试')]).toEqual([502, true]);
  });
});
