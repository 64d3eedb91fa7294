import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Given, Then, When } from '@cucumber/cucumber';
import type { Locator } from 'playwright-core';
import { eventually } from '../support/eventually.ts';
import { choose, type Screen } from '../support/screen.ts';
import { holderOf } from '../support/visits.ts';
import type { QingpuWorld } from '../support/world.ts';

/* The screens of slots: residents' phones, the desk, the regulators' trace. */

const main = ({ page }: Screen): Locator => page.getByRole('main');

/* ---- phone ---- */

When('点开卡片{string}', async function (this: QingpuWorld, text: string) {
  await main(this.screen).getByRole('listitem').getByRole('link').filter({ hasText: text }).first().click();
});

When('选择{int}天后的就诊日期', async function (this: QingpuWorld, days: number) {
  const [, month, day] = this.day(days).split('-').map(Number);
  const strip = main(this.screen).getByRole('group', { name: '就诊日期' });
  await strip
    .getByRole('button')
    .filter({ hasText: `${month}月${day}日` })
    .click();
});

Then('门诊卡片为{string}', async function (this: QingpuWorld, expected: string) {
  await eventually(async () => {
    const headings = await main(this.screen).getByRole('listitem').getByRole('heading').allInnerTexts();
    const told = headings.map((text) => text.replace(/\s*(主任|副主任|主治)医师$/, '').trim());
    assert.deepEqual(told.toSorted(), expected.split('、').toSorted());
  });
});

Then('可选时段为{string}', async function (this: QingpuWorld, expected: string) {
  const list = this.screen.page.getByRole('list', { name: '就诊时段' });
  await eventually(async () =>
    assert.deepEqual(await list.getByRole('link').locator('strong').allInnerTexts(), expected.split('、')),
  );
});

When('选择就诊人{string}', async function (this: QingpuWorld, relation: string) {
  await this.screen.page
    .getByRole('radio', { name: new RegExp(`（${relation}）`) })
    .first()
    .check();
});

When('选择就诊卡{string}', async function (this: QingpuWorld, kind: string) {
  await this.screen.page.getByRole('radio', { name: new RegExp(`^${kind}`) }).check();
});

Then('手机列表中有{string}', async function (this: QingpuWorld, text: string) {
  await main(this.screen).getByRole('listitem').filter({ hasText: text }).first().waitFor();
});

Given(
  '{person}用手机打开{string}的{string}确认页',
  async function (this: QingpuWorld, account: string, scheduleId: string, start: string) {
    const { institutionCode } = this.visits.schedule(scheduleId);
    await this.visits.persons(account);
    await this.open('phone', account, `/portal/booking/${institutionCode}/schedules/${scheduleId}/${start}`);
    await this.screen.page.getByRole('button', { name: '确认预约', exact: true }).waitFor();
  },
);

When('{person}填写证件信息并提交', async function (this: QingpuWorld, account: string) {
  const { name, identityNumber, mobile } = holderOf(account);
  const { page } = this.screen;
  await page.getByLabel('姓名', { exact: true }).fill(name);
  await page.getByLabel('证件号码', { exact: true }).fill(identityNumber);
  await page.getByLabel('手机号', { exact: true }).fill(mobile);
  await this.screen.click('button', '提交');
});

When('在对话框中点击{string}', async function (this: QingpuWorld, name: string) {
  await this.screen.click('button', name, this.screen.page.getByRole('dialog').filter({ visible: true }));
});

When(
  '{person}用手机打开{relation}的预约信用',
  async function (this: QingpuWorld, account: string, relation: string) {
    const { personId } = await this.visits.person(account, relation);
    await this.open('phone', account, `/portal/persons/${personId}/standing`);
  },
);

/* ---- desk ---- */

/** The day of the scenario's first schedule. */
const dayOfVisits = ({ visits }: QingpuWorld): string => visits.schedule('P1').details.date;

When('筛选医院为{string}，就诊日期为就诊日', async function (this: QingpuWorld, name: string) {
  const filters = this.screen.page.getByRole('search', { name: '筛选' });
  await choose(this.screen, filters, '医院', name);
  for (const label of ['就诊日期从', '至'])
    await filters.getByLabel(label, { exact: true }).fill(dayOfVisits(this));
});

When('在对话框中把{string}选为{string}', async function (this: QingpuWorld, label: string, option: string) {
  await choose(this.screen, this.screen.page.getByRole('dialog'), label, option);
});

Then('列表只有居民四的预约单', async function (this: QingpuWorld) {
  const made = this.visits.bookings.find(({ account }) => account === 'resident-4');
  const rows = this.screen.page.getByRole('table').locator('tbody tr.ant-table-row td:first-child');
  await eventually(async () => assert.deepEqual(await rows.allInnerTexts(), [made?.orderNumber]));
});

function deskPage(path: string) {
  return async function (this: QingpuWorld) {
    const date = dayOfVisits(this);
    const query = new URLSearchParams({
      institution: this.hospital.institutionCode,
      date,
      from: date,
      to: date,
    });
    await this.screen.page.goto(`${path}?${query}`);
  };
}

When('打开该医院就诊日的预约概况', deskPage('/desk/slots/today'));
When('打开该医院就诊日的落地差异', deskPage('/desk/slots/differences'));
When('打开就诊日的闭环统计', deskPage('/desk/trace/closed-loop'));

When('在{string}中输入居民四的手机号并查找', async function (this: QingpuWorld, label: string) {
  const dialog = this.screen.page.getByRole('dialog');
  await dialog.getByLabel(label, { exact: true }).fill(holderOf('resident-4').mobile);
  await this.screen.click('button', '查找', dialog);
  await dialog.getByRole('radio').first().check();
});

When('以{string}为原因加入黑名单', async function (this: QingpuWorld, reason: string) {
  const dialog = this.screen.page.getByRole('dialog');
  await dialog.getByLabel('原因', { exact: true }).fill(reason);
  await this.screen.click('button', '加入黑名单', dialog);
});

/** The row of the one entry that names the holder's masked number. */
function blockRows({ page }: Screen): Locator {
  const { mobile } = holderOf('resident-4');
  const masked = `${mobile.slice(0, 3)}****${mobile.slice(-4)}`;
  return page.getByRole('table').locator('tbody tr.ant-table-row').filter({ hasText: masked });
}

Then('列表中有居民四的黑名单记录', async function (this: QingpuWorld) {
  await eventually(async () => assert.equal(await blockRows(this.screen).count(), 1));
});

Then('列表中没有居民四的黑名单记录', async function (this: QingpuWorld) {
  await eventually(async () => assert.equal(await blockRows(this.screen).count(), 0));
});

When('医院落地就诊日的预约单，少了一张', async function (this: QingpuWorld) {
  const [kept] = this.visits.bookings;
  assert.ok(kept);
  const { orderNumber, slotId, schedule } = kept;
  const order = { orderNumber, scheduleId: schedule.scheduleId, slotId, state: 'booked' };
  await this.hospital.tell('booking-landings', {
    institutionCode: this.hospital.institutionCode,
    date: dayOfVisits(this),
    submissionId: randomUUID(),
    part: 1,
    parts: 1,
    orders: [order],
  });
  assert.equal(this.hospital.outcome.kind, 'told', JSON.stringify(this.hospital.outcome));
});

When('点击居民四预约的号源', async function (this: QingpuWorld) {
  const made = this.visits.bookings.find(({ account }) => account === 'resident-4');
  assert.ok(made);
  await this.screen.page.getByRole('link', { name: `${made.schedule.scheduleId} · ${made.slotId}` }).click();
});
