import assert from 'node:assert/strict';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, BrowserContext, Locator, Page, Route } from 'playwright-core';
import { eventually } from './eventually.ts';

/** Where the pictures of the screens go, for somebody to look at. */
const PICTURES = fileURLToPath(new URL('../.reports/screens', import.meta.url));
const SIZES = {
  phone: { viewport: { width: 375, height: 812 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
  desk: { viewport: { width: 1440, height: 900 } },
} as const;
const ACTION_LIMIT_MS = 60_000;
const GRAVE = new Set(['serious', 'critical']);

export type Size = keyof typeof SIZES;

/** Something between the browser and the platform: requests that match are answered by `handle`. */
export interface Interference {
  readonly pattern: string;
  readonly handle: (route: Route) => Promise<void>;
}

const FAILED = '失败-';

/** Pictures of earlier failures would mislead whoever looks at those of this run. */
export async function forgetFailures(): Promise<void> {
  await mkdir(PICTURES, { recursive: true });
  const old = (await readdir(PICTURES)).filter((name) => name.startsWith(FAILED));
  await Promise.all(old.map((name) => rm(join(PICTURES, name), { force: true })));
}

/** Windows that were closed and may be used again: their cache of the front end spares every scenario its loading. */
export class Windows {
  readonly #free = new Map<Size, BrowserContext[]>();
  readonly #browser: Browser;
  readonly #url: string;

  constructor(browser: Browser, url: string) {
    this.#browser = browser;
    this.#url = url;
  }

  async open(size: Size): Promise<Screen> {
    const context = this.#free.get(size)?.pop() ?? (await this.#newContext(size));
    const page = await context.newPage();
    return new Screen(page, async () => {
      await forget(page, this.#url);
      await page.close();
      this.#free.set(size, [...(this.#free.get(size) ?? []), context]);
    });
  }

  async #newContext(size: Size): Promise<BrowserContext> {
    const context = await this.#browser.newContext({
      ...SIZES[size],
      baseURL: this.#url,
      locale: 'zh-CN',
      timezoneId: 'Asia/Shanghai',
      reducedMotion: 'reduce',
    });
    context.setDefaultTimeout(ACTION_LIMIT_MS);
    return context;
  }
}

/** The next person at this window has neither session nor settings of the last one. */
async function forget(page: Page, origin: string): Promise<void> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Storage.clearDataForOrigin', { origin, storageTypes: 'cookies,local_storage' });
}

/** One person's window in a real browser, with a session of its own. */
export class Screen {
  readonly page: Page;
  readonly #leave: () => Promise<void>;
  readonly #faults: string[] = [];
  readonly #followed: Promise<unknown>;
  #loads = 0;

  constructor(page: Page, leave: () => Promise<void>) {
    this.page = page;
    this.#leave = leave;
    this.#followed = page.waitForResponse('**/api/updates', { timeout: 0 }).catch(() => undefined);
    page.on('pageerror', (error) => this.#faults.push(`${error.name}: ${error.message}`));
    page.on('domcontentloaded', () => {
      this.#loads += 1;
    });
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) this.#faults.push(message.text());
    });
  }

  /** Signs in beside the screen; the sign-in page has a scenario of its own. */
  async signIn(account: string, code: string): Promise<void> {
    const response = await this.page.context().request.post('/api/session', { data: { account, code } });
    assert.ok(response.ok(), `${account} could not sign in: ${response.status()}`);
  }

  async interfere({ pattern, handle }: Interference): Promise<void> {
    await this.page.route(pattern, handle);
  }

  /** How often a page was loaded as a whole. */
  get loads(): number {
    return this.#loads;
  }

  /** Waits until the page hears of updates. */
  async updatesFollowed(): Promise<void> {
    await this.#followed;
  }

  close(): Promise<void> {
    return this.#leave();
  }

  /** Waits until the text can be seen somewhere. */
  async shows(text: string): Promise<void> {
    await this.page.getByText(text).filter({ visible: true }).first().waitFor();
  }

  /** Waits until the text can be seen nowhere. */
  async hides(text: string): Promise<void> {
    await eventually(async () => {
      const count = await this.page.getByText(text).filter({ visible: true }).count();
      assert.equal(count, 0, `页面上还有“${text}”`);
    });
  }

  async title(text: string): Promise<void> {
    await this.page.getByRole('heading', { level: 1, name: text, exact: true }).waitFor();
  }

  async click(role: 'link' | 'button' | 'tab', name: string, within?: Locator): Promise<void> {
    await (within ?? this.page).getByRole(role, { name, exact: true }).first().click();
  }

  /** Takes the picture `name` and holds the screen to the norms of accessibility. */
  async judge(name: string): Promise<void> {
    await this.#settle();
    await this.picture(name);
    const { violations } = await new AxeBuilder({ page: this.page })
      .setLegacyMode(true)
      .options({ resultTypes: ['violations'] })
      .analyze();
    const grave = violations.filter(({ impact }) => GRAVE.has(impact ?? ''));
    const lines = grave.map(
      ({ id, help, nodes }) => `${id}（${help}）：${nodes.map(({ target }) => target.join(' ')).join('；')}`,
    );
    assert.deepEqual(lines, [], `画面“${name}”有严重的无障碍问题`);
    assert.deepEqual(this.#faults, [], `画面“${name}”有程序错误`);
  }

  /** The picture of a scenario that failed. */
  pictureOfFailure(scenario: string): Promise<void> {
    return this.picture(FAILED + scenario);
  }

  async picture(name: string): Promise<void> {
    const path = join(PICTURES, `${name.replaceAll(/[\\/\s]+/g, '-')}.png`);
    // On a phone the bars stand at the edges of the screen, not of the page.
    const fullPage = (this.page.viewportSize()?.width ?? 0) > SIZES.phone.viewport.width;
    await this.page.screenshot({ path, fullPage, animations: 'disabled' });
  }

  /** Nothing is on its way any more: no skeleton, no running animation that ends by itself. */
  async #settle(): Promise<void> {
    await eventually(async () => {
      assert.equal(await this.page.getByRole('status', { name: '正在加载' }).count(), 0, '页面还在加载');
    });
    await this.page.waitForFunction(() =>
      document
        .getAnimations()
        .every(
          (animation) =>
            animation.playState !== 'running' ||
            animation.effect?.getComputedTiming().iterations === Number.POSITIVE_INFINITY,
        ),
    );
  }
}

/** Opens a select by its label and picks an option that begins with the text. */
export async function choose({ page }: Screen, place: Locator, label: string, option: string): Promise<void> {
  const select = place.getByRole('combobox', { name: label, exact: true });
  await select.click();
  const list = page.locator('.ant-select-dropdown').filter({ visible: true });
  await list.locator('.ant-select-item-option').filter({ hasText: option }).first().click();
}
