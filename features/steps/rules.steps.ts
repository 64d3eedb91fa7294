import assert from 'node:assert/strict';
import { type DataTable, Given, Then, When } from '@cucumber/cucumber';
import type { Locator } from 'playwright-core';
import { eventually } from '../support/eventually.ts';
import type { Screen } from '../support/screen.ts';
import { shanghaiDay } from '../support/words.ts';
import type { QingpuWorld } from '../support/world.ts';

/* Booking rules: versions, receipts and the analysis against the district's guidance (F2.04). */

const RECEIPT_LIMIT_MS = 20_000;

Given('该医院的系统下一次答复会失败', function (this: QingpuWorld) {
  const { institutionCode } = this.hospital;
  this.installation.simulator.setFault({ kind: 'status', status: 503, times: 1, institutionCode });
});

Then(
  '医院先后收到{string}第{int}至{int}版的备案回执',
  async function (this: QingpuWorld, code: string, first: number, last: number) {
    const { institutionCode } = this.hospital;
    const versions = Array.from({ length: last - first + 1 }, (_none, index) => first + index);
    const expected = versions.map((version) => ({
      ruleVersion: version,
      filingNumber: `QP-${institutionCode}-${code}-V${version}`,
    }));
    await eventually(() => {
      const received = this.installation.simulator
        .received()
        .filter(({ receipt }) => receipt.institutionCode === institutionCode && receipt.ruleCode === code)
        .map(({ receipt: { ruleVersion, filingNumber } }) => ({ ruleVersion, filingNumber }));
      assert.deepEqual(received, expected);
    }, RECEIPT_LIMIT_MS);
  },
);

When('把{string}改为明天', async function (this: QingpuWorld, label: string) {
  await this.screen.page.getByRole('form').getByLabel(label, { exact: true }).fill(shanghaiDay(1));
});

Then('备案版本为:', async function (this: QingpuWorld, table: DataTable) {
  const rows = this.screen.page.getByRole('table').locator('tbody tr.ant-table-row');
  await eventually(async () => {
    const texts = await rows.allInnerTexts();
    const found = texts.map((text) => ({
      版本: /第\d+版/.exec(text)?.[0],
      执行情况: /执行中|待生效/.exec(text)?.[0],
    }));
    assert.deepEqual(found, table.hashes());
  });
});

Then('总览为:', async function (this: QingpuWorld, table: DataTable) {
  const [expected = {}] = table.hashes();
  await eventually(async () => {
    for (const [figure, count] of Object.entries(expected)) {
      assert.equal(
        await figureNamed(this.screen, figure).locator('strong').innerText(),
        `${count} 家`,
        figure,
      );
    }
  });
});

function figureNamed({ page }: Screen, name: string): Locator {
  return page.getByRole('group', { name: '总览' }).getByRole('button').filter({ hasText: name });
}

Then('点开{string}后名单有{int}家', async function (this: QingpuWorld, figure: string, count: number) {
  await figureNamed(this.screen, figure).click();
  await eventually(async () => assert.equal((await names(this.screen)).length, count));
});

Then('点开{string}后名单为:', async function (this: QingpuWorld, figure: string, table: DataTable) {
  await figureNamed(this.screen, figure).click();
  const expected = table.raw().map(([name]) => name);
  await eventually(async () => assert.deepEqual((await names(this.screen)).toSorted(), expected.toSorted()));
});

function findings({ page }: Screen): Locator {
  return page.getByRole('region', { name: '各机构情况' }).locator('tbody tr.ant-table-row');
}

function names(screen: Screen): Promise<string[]> {
  return findings(screen).locator('td:first-child').allInnerTexts();
}

Then(
  '{string}的结论为{string}，建议{string}',
  async function (this: QingpuWorld, institution: string, verdict: string, advice: string) {
    await eventually(async () => {
      const [found, text] = await verdictOf(this.screen, institution);
      assert.equal(found, verdict);
      assert.ok(text.includes(advice), text);
    });
  },
);

Then(
  '{string}的结论为{string}，没有问题',
  async function (this: QingpuWorld, institution: string, verdict: string) {
    await eventually(async () => assert.deepEqual(await verdictOf(this.screen, institution), [verdict, '—']));
  },
);

async function verdictOf(screen: Screen, institution: string): Promise<[verdict: string, advice: string]> {
  const row = findings(screen).filter({
    has: screen.page.getByRole('link', { name: institution, exact: true }),
  });
  const [, , verdict = '', advice = ''] = await row.locator('td').allInnerTexts();
  return [verdict, advice];
}

Then('{string}的备案值分布之和等于执行中的规则数', async function (this: QingpuWorld, field: string) {
  const { page } = this.screen;
  await figureNamed(this.screen, '医疗机构').click();
  const panel = page.getByRole('region', { name: '备案值分布' });
  await panel.getByRole('combobox', { name: '项目', exact: true }).click();
  const options = page.locator('.ant-select-dropdown').filter({ visible: true });
  await options.locator('.ant-select-item-option').filter({ hasText: field }).first().click();
  await panel.getByText('表格', { exact: true }).click();
  await eventually(async () => {
    const spread = await numbersIn(panel.locator('table tbody td'));
    const inForce = await numbersIn(findings(this.screen).locator('td:nth-child(2)'));
    assert.equal(await panel.locator('thead th').first().innerText(), field);
    assert.ok(inForce > 0);
    assert.equal(spread, inForce);
  });
});

/** The sum of the numbers that cells such as “3 条” begin with. */
async function numbersIn(cells: Locator): Promise<number> {
  const texts = await cells.allInnerTexts();
  return texts.reduce((sum, text) => sum + Number.parseInt(text, 10), 0);
}

When('等到更新提示并点按', async function (this: QingpuWorld) {
  await this.screen.page.getByRole('button', { name: /点此刷新$/ }).click();
});

Then('提示条显示{string}', async function (this: QingpuWorld, text: string) {
  await this.screen.page.getByRole('button', { name: text, exact: true }).waitFor();
});

When('更新推送已接通', async function (this: QingpuWorld) {
  await this.screen.updatesFollowed();
});
