import assert from 'node:assert/strict';
import { Given, Then, When } from '@cucumber/cucumber';
import { startHostAppSimulator } from '@qingpu/simulators/host-app-simulator';
import { PlatformRefusal } from '@qingpu/simulators/platform-errors';
import { eventually } from '../support/eventually.ts';
import { holderOf, identityOf } from '../support/visits.ts';
import type { QingpuWorld } from '../support/world.ts';

/* The portal inside another app. */

const WRONG_SECRET = 'not-the-secret-that-was-agreed-on';

function userOf(account: string) {
  const { name, identityKind, identityNumber, mobile } = identityOf(holderOf(account));
  return { name, identityKind, identityNumber, mobile };
}

async function ticketFor(world: QingpuWorld, account: string, path: string): Promise<void> {
  await world.visits.persons(account);
  world.entry = await world.installation.hostApp.entryFor(userOf(account), path);
}

const embedded = ({ screen }: QingpuWorld) => screen.page.frameLocator('iframe[title="预约挂号"]');

When('{person}在健康青浦里打开{string}', async function (this: QingpuWorld, account: string, path: string) {
  await ticketFor(this, account, path);
  await this.open('phone', 'visitor', this.installation.hostApp.pageShowing(this.entry));
});

Then('嵌入的页面标题为{string}', async function (this: QingpuWorld, title: string) {
  await embedded(this).getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
});

Then('嵌入的页面没有平台的页头，也没有{string}', async function (this: QingpuWorld, text: string) {
  const frame = embedded(this);
  assert.equal(await frame.locator('.qs-phone-header').count(), 0);
  await frame.getByRole('link', { name: '我的', exact: true }).click();
  await frame.getByRole('heading', { level: 1, name: '我的', exact: true }).waitFor();
  assert.equal(await frame.getByText(text).count(), 0);
  await frame.getByRole('link', { name: '我的预约', exact: true }).click();
  await frame.getByRole('heading', { level: 1, name: '我的预约', exact: true }).waitFor();
});

Then('链接里没有{person}的姓名、证件和手机号', function (this: QingpuWorld, account: string) {
  const address = decodeURIComponent(this.entry);
  const { name, identityNumber, mobile } = holderOf(account);
  for (const secret of [name, identityNumber, mobile]) assert.ok(!address.includes(secret));
});

Given(
  '健康青浦为{person}取得进入{string}的链接',
  async function (this: QingpuWorld, account: string, path: string) {
    await ticketFor(this, account, path);
  },
);

When(/^(?:第一次|再次)打开该链接$/, async function (this: QingpuWorld) {
  this.entered = await fetch(this.entry, { redirect: 'manual' });
});

Then('进入门户', function (this: QingpuWorld) {
  const { status, headers } = this.entered;
  assert.deepEqual([status, headers.get('location')], [303, '/portal']);
  assert.match(headers.get('set-cookie') ?? '', /^qingpu_session=.*HttpOnly/);
});

Then('看到{string}的说明页', async function (this: QingpuWorld, text: string) {
  const { status, headers } = this.entered;
  assert.deepEqual([status, headers.get('set-cookie')], [410, null]);
  assert.ok((await this.entered.text()).includes(text));
});

Then('签名不对的应用取不到{person}的链接', async function (this: QingpuWorld, account: string) {
  const asked = this.installation.hostApp.entryFor(userOf(account), '/portal', WRONG_SECRET);
  await assert.rejects(asked, (error) => error instanceof PlatformRefusal && error.status === 401);
});

Then('没有登记的网站嵌入门户时浏览器不显示', async function (this: QingpuWorld) {
  const { url } = this.installation;
  const foreign = await startHostAppSimulator({
    partnerId: 'foreign',
    secret: WRONG_SECRET,
    platformUrl: () => url,
  });
  try {
    await this.open('phone', 'visitor', foreign.pageShowing(`${url}/portal`));
    const { page } = this.screen;
    await eventually(() => {
      const [, frame] = page.frames();
      assert.equal(frame?.url(), 'chrome-error://chromewebdata/');
    });
  } finally {
    await foreign.close();
  }
});
