import assert from 'node:assert/strict';
import { Given, Then, When } from '@cucumber/cucumber';
import { eventually } from '../support/eventually.ts';
import type { QingpuWorld } from '../support/world.ts';

/* What people do on any screen. */

Given('{person}用手机打开{string}', async function (this: QingpuWorld, account: string, path: string) {
  await this.open('phone', account, path);
});

Given('{person}在工作台打开{string}', async function (this: QingpuWorld, account: string, path: string) {
  await this.open('desk', account, path);
});

When('打开地址{string}', async function (this: QingpuWorld, path: string) {
  await this.screen.page.goto(path);
});

When('点击链接{string}', async function (this: QingpuWorld, name: string) {
  await this.screen.click('link', name);
});

When('点击按钮{string}', async function (this: QingpuWorld, name: string) {
  await this.screen.click('button', name);
});

When('切换到{string}', async function (this: QingpuWorld, name: string) {
  await this.screen.click('tab', name);
});

When('在{string}中输入{string}', async function (this: QingpuWorld, label: string, text: string) {
  await this.screen.page.getByLabel(label, { exact: true }).fill(text);
});

When('刷新页面', async function (this: QingpuWorld) {
  await this.screen.page.reload();
});

Then('页面标题为{string}', async function (this: QingpuWorld, title: string) {
  await this.screen.title(title);
});

Then('页面显示{string}', async function (this: QingpuWorld, text: string) {
  await this.screen.shows(text);
});

Then('页面不显示{string}', async function (this: QingpuWorld, text: string) {
  await this.screen.hides(text);
});

Then('没有按钮或链接{string}', async function (this: QingpuWorld, name: string) {
  const { page } = this.screen;
  const found = page
    .getByRole('button', { name, exact: true })
    .or(page.getByRole('link', { name, exact: true }));
  await eventually(async () => assert.equal(await found.count(), 0));
});

Then('提示{string}', async function (this: QingpuWorld, text: string) {
  await this.screen.page.locator('.qs-toasts').getByText(text).waitFor();
});

Then('地址以{string}开头', async function (this: QingpuWorld, start: string) {
  await eventually(() => {
    const { pathname, search } = new URL(this.screen.page.url());
    assert.ok((pathname + search).startsWith(start), pathname + search);
  });
});

Then('画面{string}清晰可用', async function (this: QingpuWorld, name: string) {
  await this.screen.judge(name);
});
