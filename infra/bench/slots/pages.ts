import { type Browser, chromium, type Page } from 'playwright-core';
import { median, percentile } from '../percentiles.ts';
import type { LoadFigures } from './load-shapes.ts';
import { type BenchSettings, onPlatform, type Stage } from './stage.ts';
import type { BenchResident } from './world.ts';

/** How long people wait for a page: from asking for it until it shows its heading and all that it asked the API for. */
export interface PageWaits {
  readonly loads: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
  /** Shares of all loads by the steps of the tender (N1.02); they add up to 1. */
  readonly shares: { readonly upTo3s: number; readonly upTo5s: number; readonly over5s: number };
  /** The middle one of each page's. */
  readonly byPage: Readonly<Record<string, number>>;
}

export interface PagesReport {
  /** Nobody else is there. */
  readonly quiet: PageWaits;
  /** While others book. */
  readonly busy: PageWaits & { readonly beside: LoadFigures };
}

/** What residents open most, each for the first time: nothing is in the browser's cache. */
const PAGES = [
  '/portal',
  '/portal/booking',
  '/portal/institutions',
  '/portal/appointments',
  '/portal/persons',
];
/** A third of what the tender asks for: the browser shares the two cores. */
const BUSY_PER_SECOND = 70;
const BUSY_CONNECTIONS = 1_000;
const PHONE = { viewport: { width: 375, height: 812 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
const CHROMIUM = '/usr/bin/chromium';

export function measurePages(settings: BenchSettings): Promise<PagesReport> {
  const { seconds, rounds } = settings;
  return onPlatform(settings, async (stage) => {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
    try {
      // The first loads only warm up the server's compilers and caches.
      await waitsOf(browser, stage, 1);
      const quiet = await waitsOf(browser, stage, rounds);
      return { quiet, busy: await beside(stage, seconds, () => waitsOf(browser, stage, rounds)) };
    } finally {
      await browser.close();
    }
  });
}

/** Bookings go on as long as pages are opened. */
async function beside(
  { load, server }: Stage,
  seconds: number,
  work: () => Promise<PageWaits>,
): Promise<PagesReport['busy']> {
  const shape = { kind: 'open', perSecond: BUSY_PER_SECOND, seconds, connections: BUSY_CONNECTIONS } as const;
  let over = false;
  const keepBooking = async () => {
    let last = (await load.run({ load: 'bookings', url: server.url, shape })).figures;
    while (!over) last = (await load.run({ load: 'bookings', url: server.url, shape })).figures;
    return last;
  };
  const booking = keepBooking();
  const waits = await work().finally(() => {
    over = true;
  });
  return { ...waits, beside: await booking };
}

async function waitsOf(browser: Browser, { server, world }: Stage, rounds: number): Promise<PageWaits> {
  const byPage = new Map<string, number[]>();
  for (let round = 0; round < rounds; round++)
    for (const path of PAGES) {
      const resident = world.residents[round % world.residents.length];
      if (!resident) throw new RangeError('nobody lives in this world');
      const waited = await waitFor(browser, server.url, path, resident);
      byPage.set(path, [...(byPage.get(path) ?? []), waited]);
    }
  return summary(byPage);
}

async function waitFor(
  browser: Browser,
  url: string,
  path: string,
  { token }: BenchResident,
): Promise<number> {
  const context = await browser.newContext({ ...PHONE, baseURL: url, locale: 'zh-CN' });
  try {
    await context.addCookies([{ name: 'qingpu_session', value: token, url }]);
    const page = await context.newPage();
    const asking = new Asking(page);
    const begun = performance.now();
    await page.goto(path);
    await page.getByRole('heading', { level: 1 }).first().waitFor();
    await asking.answered();
    return performance.now() - begun;
  } finally {
    await context.close();
  }
}

/** What a page has asked the API for and not got yet; updates never end and do not count. */
class Asking {
  readonly #page: Page;
  readonly #open = new Set<unknown>();

  constructor(page: Page) {
    this.#page = page;
    page.on('request', (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.startsWith('/api/') && pathname !== '/api/updates') this.#open.add(request);
    });
    page.on('requestfinished', (request) => this.#open.delete(request));
    page.on('requestfailed', (request) => this.#open.delete(request));
  }

  /** Resolves once all is answered and drawn, and nothing more is asked for. */
  async answered(): Promise<void> {
    do {
      while (this.#open.size > 0) await this.#page.waitForTimeout(5);
      await this.#page.evaluate('new Promise((drawn) => requestAnimationFrame(drawn))');
    } while (this.#open.size > 0);
  }
}

function summary(byPage: ReadonlyMap<string, readonly number[]>): PageWaits {
  const all = [...byPage.values()].flat();
  const share = (fits: (ms: number) => boolean) =>
    Math.round((all.filter(fits).length / all.length) * 100) / 100;
  return {
    loads: all.length,
    p50Ms: Math.round(median(all)),
    p99Ms: Math.round(percentile(all, 0.99)),
    longestMs: Math.round(Math.max(...all)),
    shares: {
      upTo3s: share((ms) => ms <= 3_000),
      upTo5s: share((ms) => ms > 3_000 && ms <= 5_000),
      over5s: share((ms) => ms > 5_000),
    },
    byPage: Object.fromEntries([...byPage].map(([path, waits]) => [path, Math.round(median(waits))])),
  };
}
