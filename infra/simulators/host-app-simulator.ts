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
  /** Whom its home page offers to be; nobody unless told. */
  readonly users?: readonly HostAppUser[] | undefined;
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
  const { port = 0, partnerId, platformUrl, now, users = [] } = options;
  const pages = new Map<string, string>();
  const entryFor: HostAppSimulator['entryFor'] = async (person, path, secret = options.secret) => {
    const client = new SignedClient({ baseUrl: platformUrl(), partner: { partnerId, secret }, now });
    const target = '/api/partner/v1/portal-entries';
    return (await client.post(target, { person, path }, randomUUID(), portalEntryResultSchema)).url;
  };
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const user = users[Number(/^\/users\/(\d{1,3})$/.exec(path)?.[1] ?? Number.NaN)];
    if (user) sendEntry(response, entryFor(user, '/portal'));
    else if (path === '/' && users.length > 0) sendPage(response, homeWith(users));
    else sendPage(response, pages.get(path));
  }).listen(port, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    entryFor,
    pageShowing(entry) {
      const path = `/pages/${randomUUID()}`;
      pages.set(path, pageWith(entry));
      return `${url}${path}`;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function sendPage(response: ServerResponse, page: string | undefined, status = 200): void {
  if (page === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' }).end(page);
}

function sendEntry(response: ServerResponse, entry: Promise<string>): void {
  entry.then(
    (url) => sendPage(response, pageWith(url)),
    () => sendPage(response, layout('<p>平台暂时没有接受，请稍后再试。</p><p><a href="/">返回</a></p>'), 502),
  );
}

function homeWith(users: readonly HostAppUser[]): string {
  const links = users.map(({ name }, index) => `<li><a href="/users/${index}">${escaped(name)}</a></li>`);
  return layout(`<h1>以谁的身份进入预约挂号</h1><ul>${links.join('')}</ul>`);
}

function pageWith(entry: string): string {
  return layout(`<iframe title="预约挂号" src="${escaped(entry)}"></iframe>`);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

function layout(content: string): string {
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>健康青浦</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
body { margin: 0; display: grid; grid-template-rows: 48px 1fr; height: 100dvh; font: 18px/1.8 sans-serif; }
header { padding: 8px 16px; background: #1d2129; color: #fff; }
iframe { width: 100%; height: 100%; border: 0; }
h1, p { margin: 16px 16px 0; font-size: 20px; }
</style></head>
<body><header>健康青浦（宿主应用）</header><main>${content}</main></body></html>`;
}
