import assert from 'node:assert/strict';
import { type DataTable, Then, When } from '@cucumber/cucumber';
import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import { KIND_NAMES } from '@qingpu/contracts/http/institutions';
import { eventually } from '../support/eventually.ts';
import type { Screen } from '../support/screen.ts';
import type { QingpuWorld } from '../support/world.ts';

/* The residents' pages on a phone. */

const USUAL_TEXT_PX = 16;
const SMALLEST_ELDER_BUTTON_PX = 56;

When('在服务中选择{string}', async function (this: QingpuWorld, name: string) {
  await this.screen.click('link', name, this.screen.page.getByRole('navigation', { name: '服务' }));
});

When('在搜索框中输入{string}', async function (this: QingpuWorld, text: string) {
  await this.screen.page.getByRole('searchbox').fill(text);
});

When('打开{string}', async function (this: QingpuWorld, name: string) {
  await this.screen.page
    .getByRole('link')
    .filter({ has: this.screen.page.getByText(name, { exact: true }) })
    .or(this.screen.page.getByRole('link', { name, exact: true }))
    .first()
    .click();
});

When('打开第一位专家', async function (this: QingpuWorld) {
  await this.screen.page
    .getByRole('link')
    .filter({ hasText: '专家' })
    .filter({ hasText: '擅长' })
    .first()
    .click();
});

When('打开该医院的页面', async function (this: QingpuWorld) {
  await this.screen.page.goto(`/portal/institutions/${this.hospital.institutionCode}`);
});

When('区管理员停用该医院', async function (this: QingpuWorld) {
  const admin = await this.installation.user('district-admin');
  const { institutionCode, position } = this.hospital;
  await admin.deactivate(
    { kind: 'institution', institutionCode, code: institutionCode },
    '停业整顿',
    position,
  );
});

When('在{string}下拉框中选择{string}', async function (this: QingpuWorld, label: string, option: string) {
  await this.screen.page.getByLabel(label, { exact: true }).selectOption({ label: option });
});

Then('手机列表共{int}条', async function (this: QingpuWorld, count: number) {
  await this.screen.shows(`共 ${count} 条`);
});

Then('手机列表为:', async function (this: QingpuWorld, table: DataTable) {
  const names = table.raw().map(([name = '']) => name);
  await eventually(async () =>
    assert.deepEqual(await cards(this.screen).getByRole('heading').allInnerTexts(), names),
  );
});

Then('每张专家卡片都写着{string}和{string}', async function (this: QingpuWorld, one: string, other: string) {
  await eventually(async () => {
    const texts = await cards(this.screen).allInnerTexts();
    assert.ok(texts.length > 0, '没有专家');
    for (const text of texts) assert.ok(text.includes(one) && text.includes(other), text);
  });
});

Then('门诊都标明费用', async function (this: QingpuWorld) {
  await eventually(async () => {
    const clinics = await this.screen.page.locator('li.clinic').allInnerTexts();
    assert.ok(clinics.length > 0, '没有门诊');
    for (const clinic of clinics) assert.match(clinic, /¥\d+\.\d{2}/);
  });
});

Then('搜索结果中有{kind}{string}', async function (this: QingpuWorld, kind: DirectoryKind, name: string) {
  const results = this.screen.page.getByRole('list', { name: '搜索结果' });
  await results
    .getByRole('heading', { name: `${name} ${KIND_NAMES[kind]}` })
    .first()
    .waitFor();
});

function cards({ page }: Screen) {
  return page.getByRole('main').getByRole('listitem');
}

Then('正文字号变为原来的{float}倍', async function (this: QingpuWorld, factor: number) {
  await eventually(async () => assert.equal(await textSize(this.screen), USUAL_TEXT_PX * factor));
});

Then('正文字号恢复正常', async function (this: QingpuWorld) {
  await eventually(async () => assert.equal(await textSize(this.screen), USUAL_TEXT_PX));
});

function textSize({ page }: Screen): Promise<number> {
  return page
    .getByRole('main')
    .evaluate((main) => Number.parseFloat(getComputedStyle(main.querySelector('p') ?? main).fontSize));
}

Then('所有按钮至少56像素高', async function (this: QingpuWorld) {
  const buttons = await this.screen.page.getByRole('button').filter({ visible: true }).all();
  assert.ok(buttons.length > 0);
  for (const button of buttons) {
    const height = (await button.boundingBox())?.height ?? 0;
    const name = await button.innerText();
    assert.ok(height >= SMALLEST_ELDER_BUTTON_PX, `按钮“${name}”只有${height}像素高`);
  }
});

Then('页面没有横向滚动', async function (this: QingpuWorld) {
  const overflow = await this.screen.page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  assert.equal(overflow, 0);
});
