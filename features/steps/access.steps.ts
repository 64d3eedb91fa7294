import assert from 'node:assert/strict';
import { Given, Then, When } from '@cucumber/cucumber';
import { entryPath } from '../support/api-user.ts';
import type { QingpuWorld } from '../support/world.ts';

/* Who may come in, and what happens when a module or the network fails. */

When('选择账号{string}并输入错误的登录码', async function (this: QingpuWorld, name: string) {
  await signIn(this, name, 'not-the-code');
});

When('选择账号{string}并输入正确的登录码', async function (this: QingpuWorld, name: string) {
  await signIn(this, name, this.installation.signInCode);
});

async function signIn({ screen }: QingpuWorld, name: string, code: string): Promise<void> {
  await screen.page.getByText(name, { exact: true }).click();
  await screen.page.getByLabel('登录码', { exact: true }).fill(code);
  await screen.click('button', '登录');
}

When('{person}读取备案分析', async function (this: QingpuWorld, account: string) {
  const user = await this.installation.user(account);
  this.answer = await user.get('/api/directory/booking-rules/analysis');
});

When('{person}读取机构的变更记录', async function (this: QingpuWorld, account: string) {
  const user = await this.installation.user(account);
  this.answer = await user.get(`${entryPath(this.addressOf('institution', ''))}/history`);
});

Then('菜单里的每一项都能打开，没有权限提示', async function (this: QingpuWorld) {
  const { page } = this.screen;
  const menu = page.getByRole('navigation', { name: '主菜单' }).getByRole('link');
  await menu.first().waitFor();
  const refusals: string[] = [];
  for (const link of await menu.all()) {
    await link.click();
    const title = page.getByRole('main').getByRole('heading', { level: 1 });
    const refusal = page.getByRole('alert').filter({ visible: true });
    await title.or(refusal).first().waitFor();
    if ((await refusal.count()) > 0) refusals.push(`${await link.innerText()}：${await refusal.innerText()}`);
  }
  assert.deepEqual(refusals, []);
});

When('区管理员的浏览器被诱导停用该机构', async function (this: QingpuWorld) {
  const admin = await this.installation.user('district-admin');
  const path = `${entryPath(this.addressOf('institution', ''))}/deactivation`;
  this.answer = await admin.writeWithoutToken(path, { reason: '诱导停用' }, { 'if-match': '"0"' });
});

Given('模块{string}的文件暂时取不到', function (this: QingpuWorld, module: string) {
  this.meanwhile(`**/mfe/${module}/**`, (route) => route.abort());
});

When('模块{string}的文件恢复', async function (this: QingpuWorld, module: string) {
  await this.screen.page.unroute(`**/mfe/${module}/**`);
});

Given('模块{string}的文件被篡改', function (this: QingpuWorld, module: string) {
  this.meanwhile(`**/mfe/${module}/**/*.js`, async (route) => {
    const answer = await route.fetch();
    const body = `globalThis.tampered = true;\n${await answer.text()}`;
    await route.fulfill({ response: answer, body });
  });
  this.meanwhile(`**/mfe/${module}/*.js`, async (route) => {
    const answer = await route.fetch();
    const body = `globalThis.tampered = true;\n${await answer.text()}`;
    await route.fulfill({ response: answer, body });
  });
});

Then('被篡改的内容没有执行', async function (this: QingpuWorld) {
  assert.equal(await this.screen.page.evaluate(() => 'tampered' in globalThis), false);
});

Given('医院列表的接口暂时不通', function (this: QingpuWorld) {
  this.meanwhile('**/api/directory/institutions?**', (route) => route.abort());
});

When('医院列表的接口恢复', async function (this: QingpuWorld) {
  await this.screen.page.unroute('**/api/directory/institutions?**');
});

When('打开导航{string}', async function (this: QingpuWorld, name: string) {
  await this.screen.click('link', name, this.screen.page.getByRole('navigation', { name: '主菜单' }));
});

Then('导航仍然可用，能打开{string}', async function (this: QingpuWorld, name: string) {
  await this.screen.click('link', name, this.screen.page.getByRole('navigation', { name: '主菜单' }));
  await this.screen.title(name);
});

Then('页面没有重新加载过', async function (this: QingpuWorld) {
  assert.equal(this.screen.loads, 1);
});
