import assert from 'node:assert/strict';
import { type DataTable, Then, When } from '@cucumber/cucumber';
import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import type { HistoryItem } from '@qingpu/contracts/http/institutions';
import { entryPath, problemOf } from '../support/api-user.ts';
import { detailsNamedIn, type Row } from '../support/words.ts';
import type { QingpuWorld } from '../support/world.ts';

/* What people find in the directory, and what its history says. */

/** Everyone: people without a session, residents, regulators. */
const EVERYONE = ['visitor', 'resident', 'regulator'] as const;

Then(
  '所有人都能在{kind}目录中查到:',
  async function (this: QingpuWorld, kind: DirectoryKind, table: DataTable) {
    const { institutionCode, position } = this.hospital;
    for (const account of EVERYONE) {
      const user = await this.installation.user(account);
      for (const { 搜索, 名称 } of table.hashes()) {
        const found = await user.list(kind, { q: 搜索, after: position });
        const names = found
          .filter((entry) => entry.institutionCode === institutionCode)
          .map(({ name }) => name);
        assert.deepEqual(names, [名称], `${account} 用“${搜索}”查到的是 ${names.join('、') || '空'}`);
      }
    }
  },
);

Then(
  '所有人看到{kind}{string}的内容:',
  async function (this: QingpuWorld, kind: DirectoryKind, code: string, table: DataTable) {
    const [expected = {}] = table.hashes();
    for (const account of EVERYONE) {
      const user = await this.installation.user(account);
      const entry = await user.entry(this.addressOf(kind, code), kind, this.hospital.position);
      assert.ok(entry, `${account} 没有查到`);
      const wanted = detailsNamedIn(kind, entry.institutionCode, expected);
      const told = entry.details as Record<string, unknown>;
      for (const [field, value] of Object.entries(wanted)) assert.deepEqual(told[field], value, field);
    }
  },
);

Then(
  '全区搜索{string}能找到{kind}{string}',
  async function (this: QingpuWorld, q: string, kind: DirectoryKind, name: string) {
    const { institutionCode } = this.hospital;
    const visitor = await this.installation.user('visitor');
    const hits = await visitor.search(q);
    const found = hits.filter((hit) => hit.kind === kind && hit.institutionCode === institutionCode);
    assert.deepEqual(
      found.map((hit) => hit.name),
      [name],
    );
  },
);

Then('{kind}目录中没有{string}', async function (this: QingpuWorld, kind: DirectoryKind, code: string) {
  const admin = await this.installation.user('district-admin');
  const entry = await admin.entry(this.addressOf(kind, code), kind, this.hospital.position);
  assert.equal(entry, undefined);
});

Then(
  '{kind}{string}的变更记录从新到旧为:',
  async function (this: QingpuWorld, kind: DirectoryKind, code: string, table: DataTable) {
    const admin = await this.installation.user('district-admin');
    const items = await admin.history(this.addressOf(kind, code), this.hospital.position);
    assert.deepEqual(items.map(wordsOf), table.hashes());
    for (const { at } of items) {
      const happened = new Date(at).getTime();
      assert.ok(happened >= this.startedAt.getTime() - 1_000 && happened <= Date.now() + 1_000, at);
    }
  },
);

function wordsOf({ summary, actor, changes }: HistoryItem): Row {
  const changed = changes.map(({ label, before, after }) => `${label}：${before}→${after}`).join('；');
  return { 操作: summary, 经办: actor, 变更内容: changed };
}

Then(
  '{kind}{string}仍只有{int}条变更记录',
  async function (this: QingpuWorld, kind: DirectoryKind, code: string, count: number) {
    const admin = await this.installation.user('district-admin');
    const items = await admin.history(this.addressOf(kind, code), this.hospital.position);
    assert.equal(items.length, count);
  },
);

When(
  '居民尝试查看{kind}{string}的变更记录',
  async function (this: QingpuWorld, kind: DirectoryKind, code: string) {
    const resident = await this.installation.user('resident');
    this.answer = await resident.get(`${entryPath(this.addressOf(kind, code))}/history`);
  },
);

Then('该请求被{int}拒绝并提示{string}', function (this: QingpuWorld, status: number, advice: string) {
  assert.ok(this.answer);
  assert.equal(this.answer.status, status);
  assert.ok(problemOf(this.answer).detail.includes(advice), problemOf(this.answer).detail);
});

Then('公众看不到医生{string}的:', async function (this: QingpuWorld, code: string, table: DataTable) {
  for (const account of ['visitor', 'resident', 'regulator']) {
    const user = await this.installation.user(account);
    const answer = await user.get(entryPath(this.addressOf('doctor', code)), {
      after: this.hospital.position,
    });
    assert.equal(answer.status, 200);
    const text = JSON.stringify(answer.body);
    for (const [secret = ''] of table.raw()) assert.ok(!text.includes(secret), `${account} 看到了 ${secret}`);
  }
});

Then(
  '区管理员看到医生{string}的脱敏信息:',
  async function (this: QingpuWorld, code: string, table: DataTable) {
    const admin = await this.installation.user('district-admin');
    const doctor = await admin.entry(this.addressOf('doctor', code), 'doctor', this.hospital.position);
    assert.ok(doctor?.person);
    const { residentId, mobile, certificateNumber } = doctor.person;
    assert.deepEqual(
      { 身份证号: residentId, 手机号: mobile, 医师执业证书编码: certificateNumber },
      table.hashes()[0],
    );
  },
);
