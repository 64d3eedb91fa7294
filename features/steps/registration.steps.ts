import assert from 'node:assert/strict';
import { type DataTable, Given, Then, When } from '@cucumber/cucumber';
import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import type { BatchResult } from '@qingpu/contracts/partners/hospital/registration';
import { registrationOf } from '../support/words.ts';
import type { QingpuWorld } from '../support/world.ts';

/* What a hospital's system sends over the partner interface, and what it is told (F1.01–F1.07). */

const OUTCOMES = { registered: '新登记', changed: '有变更', unchanged: '无变化', refused: '拒绝' } as const;

Given('{string}的信息系统已接入平台', function (this: QingpuWorld, name: string) {
  this.connect(name);
});

Given('{string}已在平台注册', async function (this: QingpuWorld, name: string) {
  await this.admit(name);
});

Given('本区{string}的信息系统', async function (this: QingpuWorld, name: string) {
  await this.speakOfDistrict(name);
});

Given('该医院已注册{kind}:', async function (this: QingpuWorld, kind: DirectoryKind, table: DataTable) {
  await send(this, kind, table, true);
  const { outcome } = this.hospital;
  assert.ok(outcome.kind === 'batch' && outcome.result.refused === 0, JSON.stringify(outcome));
});

When('医院信息系统注册{kind}:', async function (this: QingpuWorld, kind: DirectoryKind, table: DataTable) {
  assert.equal(table.hashes().length, 1, '单条注册只写一行');
  await send(this, kind, table, false);
});

When(
  '医院信息系统批量注册{kind}:',
  async function (this: QingpuWorld, kind: DirectoryKind, table: DataTable) {
    await send(this, kind, table, true);
  },
);

When('医院信息系统没有收到答复，原样重发', async function (this: QingpuWorld) {
  await this.hospital.repeat('same key');
});

When('医院信息系统再次注册同样的内容', async function (this: QingpuWorld) {
  await this.hospital.repeat('new key');
});

When(
  '医院信息系统误用同一幂等键改发{kind}:',
  async function (this: QingpuWorld, kind: DirectoryKind, table: DataTable) {
    const [row = {}] = table.hashes();
    await this.hospital.reuseKey(registrationOf(kind, this.hospital.institutionCode, row));
  },
);

When(
  '{string}的信息系统替{string}注册{kind}:',
  async function (this: QingpuWorld, sender: string, owner: string, kind: DirectoryKind, table: DataTable) {
    const { institutionCode } = this.hospitalNamed(owner);
    const items = table.hashes().map((row) => registrationOf(kind, institutionCode, row));
    await this.hospitalNamed(sender).register(kind, items, items.length > 1);
  },
);

async function send({ hospital }: QingpuWorld, kind: DirectoryKind, table: DataTable, batch: boolean) {
  const items = table.hashes().map((row) => registrationOf(kind, hospital.institutionCode, row));
  await hospital.register(kind, items, batch);
}

Then('平台答复{string}', function (this: QingpuWorld, expected: string) {
  const { outcome } = this.hospital;
  assert.ok(outcome.kind === 'single', JSON.stringify(outcome));
  assert.equal(OUTCOMES[outcome.result.outcome], expected);
});

Then('平台两次的答复相同', function (this: QingpuWorld) {
  const { outcome, earlierOutcome } = this.hospital;
  assert.notEqual(outcome.kind, 'refused', JSON.stringify(outcome));
  assert.deepEqual(outcome, earlierOutcome);
});

Then('平台批量答复全部{string}，共{int}条', function (this: QingpuWorld, expected: string, count: number) {
  const { outcome } = this.hospital;
  assert.ok(outcome.kind === 'batch', JSON.stringify(outcome));
  const told = outcome.result.items.map((item) => OUTCOMES[item.outcome]);
  assert.deepEqual(
    told,
    Array.from({ length: count }, () => expected),
  );
});

Then('平台逐条答复:', function (this: QingpuWorld, table: DataTable) {
  const { outcome } = this.hospital;
  assert.ok(outcome.kind === 'batch', JSON.stringify(outcome));
  const told = outcome.result.items.map(lineOf);
  const expected = table.hashes();
  assert.deepEqual(
    told.map(({ 编码, 结果 }) => ({ 编码, 结果 })),
    expected.map(({ 编码, 结果 }) => ({ 编码, 结果 })),
  );
  for (const [index, { 提示 = '' }] of expected.entries()) {
    assert.ok(told[index]?.提示.includes(提示), `第${index + 1}条的提示是“${told[index]?.提示}”`);
  }
});

function lineOf(item: BatchResult['items'][number]) {
  return {
    编码: item.code,
    结果: OUTCOMES[item.outcome],
    提示: item.outcome === 'refused' ? item.detail : '',
  };
}

Then('平台以{int}拒绝并提示{string}', function (this: QingpuWorld, status: number, advice: string) {
  refusedWith(this, status, advice);
});

Then(
  '平台以{int}拒绝{string}并提示{string}',
  function (this: QingpuWorld, status: number, sender: string, advice: string) {
    refusedWith(this, status, advice, sender);
  },
);

function refusedWith(world: QingpuWorld, status: number, advice: string, sender?: string): void {
  const { outcome } = sender === undefined ? world.hospital : world.hospitalNamed(sender);
  assert.ok(outcome.kind === 'refused', `平台没有拒绝：${JSON.stringify(outcome)}`);
  assert.equal(outcome.refusal.status, status);
  assert.ok(outcome.refusal.message.includes(advice), outcome.refusal.message);
}
