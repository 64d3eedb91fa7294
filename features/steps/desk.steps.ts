import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type DataTable, Given, Then, When } from '@cucumber/cucumber';
import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import { DIRECTORY_PATHS } from '@qingpu/contracts/http/institutions';
import type { Locator } from 'playwright-core';
import { entryPath } from '../support/api-user.ts';
import { eventually } from '../support/eventually.ts';
import { choose, type Screen } from '../support/screen.ts';
import type { QingpuWorld } from '../support/world.ts';

/* The workstation: lists, entries, forms, histories (F2.01). */

Given(
  '{person}在工作台打开该机构的{kind}列表',
  async function (this: QingpuWorld, account: string, kind: DirectoryKind) {
    const list = kind === 'bookingRule' ? 'booking-rules' : `directory/${DIRECTORY_PATHS[kind]}`;
    await this.open('desk', account, `/desk/${list}?institution=${this.hospital.institutionCode}`);
  },
);

When('选择目录类别{string}', async function (this: QingpuWorld, name: string) {
  const tabs = this.screen.page.getByRole('navigation', { name: '目录类别' });
  const path = await tabs.getByRole('link', { name, exact: true }).getAttribute('href');
  await this.screen.click('link', name, tabs);
  await this.screen.page.waitForURL((url) => url.pathname === path?.split('?')[0]);
});

When('查询{string}', async function (this: QingpuWorld, q: string) {
  const filters = this.screen.page.getByRole('search', { name: '筛选' });
  await filters.getByLabel('搜索', { exact: true }).fill(q);
  await filters.getByRole('button', { name: '查询' }).click();
});

When('筛选{string}为{string}', async function (this: QingpuWorld, label: string, option: string) {
  await choose(this.screen, this.screen.page.getByRole('search', { name: '筛选' }), label, option);
});

When('把{string}改为{string}', async function (this: QingpuWorld, label: string, text: string) {
  await this.screen.page.getByRole('form').getByLabel(label, { exact: true }).fill(text);
});

When('把{string}选为{string}', async function (this: QingpuWorld, label: string, option: string) {
  await choose(this.screen, this.screen.page.getByRole('form'), label, option);
});

When('把{string}勾选为{string}', async function (this: QingpuWorld, label: string, option: string) {
  const group = this.screen.page.getByRole('form').getByRole('radiogroup', { name: label, exact: true });
  await group.getByText(option, { exact: true }).click();
});

When('以{string}为原因确认{string}', async function (this: QingpuWorld, reason: string, act: string) {
  const dialog = this.screen.page.getByRole('dialog');
  await dialog.getByRole('textbox').fill(reason);
  await this.screen.click('button', act, dialog);
});

Then('列表为:', async function (this: QingpuWorld, table: DataTable) {
  const names = table.raw().map(([name = '']) => name);
  await listed(this.screen, (found) => assert.deepEqual(found, names));
});

Then('列表中没有{string}', async function (this: QingpuWorld, name: string) {
  await listed(this.screen, (found) => assert.ok(!found.includes(name), found.join('、')));
});

Then('列表有内容', async function (this: QingpuWorld) {
  await listed(this.screen, (found) => assert.ok(found.length > 0, '列表是空的'));
});

Then('列表的每一行都属于{string}', async function (this: QingpuWorld, institution: string) {
  await eventually(async () => {
    const rows = await rowsOf(this.screen).allInnerTexts();
    assert.ok(rows.length > 0);
    for (const row of rows) assert.ok(row.includes(institution), row);
  });
});

/** Waits until the names in the first column are as the check wants them. */
async function listed(screen: Screen, check: (names: readonly string[]) => void): Promise<void> {
  await eventually(async () => {
    assert.equal(await screen.page.locator('.ant-spin-spinning').count(), 0, '列表还在加载');
    check(await rowsOf(screen).locator('td:first-child').allInnerTexts());
  });
}

function rowsOf({ page }: Screen): Locator {
  return page.getByRole('table').locator('tbody tr.ant-table-row');
}

Then('详情中{string}为{string}', async function (this: QingpuWorld, label: string, text: string) {
  const panel = this.screen.page.getByRole('region', { name: '基本信息' });
  await eventually(async () => {
    const found = await panel.locator(`th:has-text("${label}") + td`).first().innerText();
    assert.equal(found, text);
  });
});

Then('最新一条变更记录:', async function (this: QingpuWorld, table: DataTable) {
  const [{ 操作 = '', 经办 = '', 原因 = '', 变更内容 = '' } = {}] = table.hashes();
  const newest = this.screen.page.getByRole('region', { name: '变更记录' }).locator('.timeline > li').first();
  await eventually(async () => {
    assert.equal(await newest.getByRole('heading').innerText(), 操作);
    const line = await newest.locator('p').first().innerText();
    assert.ok(line.includes(` · ${经办} · `), line);
    const moment = await newest.locator('time').getAttribute('datetime');
    assert.ok(Date.parse(moment ?? '') >= this.startedAt.getTime() - 1_000, `${moment}`);
    if (原因 !== '') await newest.getByText(`原因：${原因}`).waitFor();
    const rows = await newest.locator('tbody tr').all();
    const changed = await Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()));
    assert.equal(
      changed.map(([field, before, after]) => `${field}：${before}→${after}`).join('；'),
      变更内容,
    );
  });
});

When(
  '{person}绕过画面直接修改{kind}{string}',
  async function (this: QingpuWorld, account: string, kind: DirectoryKind, code: string) {
    const address = this.addressOf(kind, code);
    const admin = await this.installation.user('district-admin');
    const entry = await admin.entry(address, kind, this.hospital.position);
    assert.ok(entry);
    const user = await this.installation.user(account);
    this.answer = await user.write(
      'PUT',
      entryPath(address),
      { details: entry.details },
      {
        'if-match': `"${entry.revision}"`,
        'idempotency-key': randomUUID(),
      },
    );
  },
);

When('筛选该机构的记录', async function (this: QingpuWorld) {
  const url = new URL(this.screen.page.url());
  // The list of institutions has no filter by institution.
  if (url.pathname.endsWith('/institutions')) return;
  url.searchParams.set('institution', this.hospital.institutionCode);
  await this.screen.page.goto(url.href);
});

When('打开该机构在工作台的页面', async function (this: QingpuWorld) {
  await this.screen.page.goto(deskAddress(this));
});

When('打开该机构的修改页面', async function (this: QingpuWorld) {
  await this.screen.page.goto(`${deskAddress(this)}/edit`);
});

function deskAddress({ hospital }: QingpuWorld): string {
  return `/desk/directory/institutions/${hospital.institutionCode}/${hospital.institutionCode}`;
}

When('打开列表的第一条', async function (this: QingpuWorld) {
  await rowsOf(this.screen).first().getByRole('link').first().click();
});

Then('表单中{string}为{string}', async function (this: QingpuWorld, label: string, text: string) {
  const field = this.screen.page.getByRole('form').getByLabel(label, { exact: true });
  await eventually(async () => assert.equal(await field.inputValue(), text));
});

Then('最新一条变更记录的经办为{string}', async function (this: QingpuWorld, actor: string) {
  const newest = this.screen.page.getByRole('region', { name: '变更记录' }).locator('.timeline > li').first();
  await newest.getByText(` · ${actor} · `).waitFor();
});
