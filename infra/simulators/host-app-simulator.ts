import { randomUUID } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { portalEntryResultSchema } from '@qingpu/contracts/partners/host-app/portal-entry';
import { SignedClient } from './signed-client.ts';

/** Somebody whom the app knows by real name. */
export interface HostAppUser {
  readonly name: string;
  readonly identityKind: string;
  readonly identityNumber: string;
  readonly mobile: string;
}

export interface HostAppSimulatorOptions {
  /** Left out or 0: any free port. */
  readonly port?: number | undefined;
  readonly partnerId: string;
  readonly secret: string;
  /** Where the platform is; asked each time, because the platform starts after the app. */
  readonly platformUrl: () => string;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

export interface HostAppSimulator {
  readonly url: string;
  /** Asks the platform for an entry, server to server; answers the address. @throws PlatformRefusal */
  entryFor(user: HostAppUser, path: string, secret?: string): Promise<string>;
  /** The address of a page of the app that holds what an address shows in a frame. */
  pageShowing(entry: string): string;
  close(): Promise<void>;
}

/** Starts an app such as 健康青浦: a page with a header of its own and the platform's portal in a frame below it. */
export async function startHostAppSimulator(options: HostAppSimulatorOptions): Promise<HostAppSimulator> {
  const { port = 0, partnerId, platformUrl, now } = options;
  const pages = new Map<string, string>();
  const server = createServer((request, response) => {
    sendPage(response, pages.get(request.url ?? ''));
  }).listen(port, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    async entryFor(person, path, secret = options.secret) {
      const client = new SignedClient({ baseUrl: platformUrl(), partner: { partnerId, secret }, now });
      const content = { person, path };
      const target = '/api/partner/v1/portal-entries';
      return (await client.post(target, content, randomUUID(), portalEntryResultSchema)).url;
    },
    pageShowing(entry) {
      const path = `/pages/${randomUUID()}`;
      pages.set(path, entry);
      return `${url}${path}`;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function sendPage(response: ServerResponse, entry: string | undefined): void {
  if (entry === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(pageWith(entry));
}

function pageWith(entry: string): string {
  const address = entry.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>健康青浦</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { margin: 0; display: grid; grid-template-rows: 48px 1fr; height: 100dvh; font-family: sans-serif; }
header { padding: 12px 16px; background: #1d2129; color: #fff; }
iframe { width: 100%; height: 100%; border: 0; }
</style></head>
<body><header>健康青浦（宿主应用）</header><iframe title="预约挂号" src="${address}"></iframe></body></html>`;
}
