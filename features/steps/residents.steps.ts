import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type DataTable, Given, Then, When } from '@cucumber/cucumber';
import { myPersonsSchema } from '@qingpu/contracts/http/residents';
import { bodyOf, problemOf } from '../support/api-user.ts';
import { familyOf, holderOf, identityOf } from '../support/visits.ts';
import type { QingpuWorld } from '../support/world.ts';

/* Who people are: real-name registration of oneself and of one's children (F3.01). */

When('{person}以{string}的姓名实名注册', async function (this: QingpuWorld, account: string, name: string) {
  await register(this, account, { ...identityOf(holderOf(account)), name });
});

When('{person}用真实信息实名注册', async function (this: QingpuWorld, account: string) {
  await register(this, account, identityOf(holderOf(account)));
});

async function register(world: QingpuWorld, account: string, person: object): Promise<void> {
  const user = await world.visits.user(account);
  world.answer = world.visits.note(await user.write('POST', '/api/residents/registration', { person }));
}

When('{person}添加自己的孩子，未以监护人身份同意', async function (this: QingpuWorld, account: string) {
  await addChild(this, account, false);
});

When('{person}添加自己的孩子，以监护人身份同意', async function (this: QingpuWorld, account: string) {
  await addChild(this, account, true);
});

async function addChild(world: QingpuWorld, account: string, guardianConsent: boolean): Promise<void> {
  const { holder, members } = familyOf(account);
  const child = members.find(({ relation }) => relation === 'child')?.person;
  assert.ok(child, `${account} 没有孩子`);
  const user = await world.visits.user(account);
  // A child is reached through its parent.
  const person = { ...identityOf(child), mobile: holder.mobile };
  const body = { person, relation: 'child', guardianConsent };
  world.answer = world.visits.note(await user.write('POST', '/api/residents/family', body));
}

Then('注册被{int}拒绝并提示{string}', function (this: QingpuWorld, status: number, advice: string) {
  assert.ok(this.answer);
  assert.equal(this.answer.status, status, JSON.stringify(this.answer.body));
  assert.ok(problemOf(this.answer).detail.includes(advice), problemOf(this.answer).detail);
});

async function personsOf({ visits }: QingpuWorld, account: string) {
  const user = await visits.user(account);
  return myPersonsSchema.parse(bodyOf(await user.get('/api/residents/me', { after: visits.position })));
}

Then('{person}的就诊人为:', async function (this: QingpuWorld, account: string, table: DataTable) {
  const { items } = await personsOf(this, account);
  const told = items.map(({ name, relationName, identityNumber, mobile }) => ({
    姓名: name,
    关系: relationName,
    证件号码: identityNumber,
    手机号: mobile,
  }));
  assert.deepEqual(told, table.hashes());
});

Then('{person}已完成实名注册', async function (this: QingpuWorld, account: string) {
  const { registered } = await personsOf(this, account);
  assert.equal(registered, true);
});

When(
  '{person}未实名就预约{string}的{string}',
  async function (this: QingpuWorld, account: string, scheduleId: string, start: string) {
    const wish = { schedule: this.visits.schedule(scheduleId), start, personId: randomUUID() };
    await this.visits.book(account, wish);
  },
);

Given('公安人口信息库暂时不通', function (this: QingpuWorld) {
  this.installation.identityRegister.setFault({ kind: 'status', status: 503 });
});

When('公安人口信息库恢复', function (this: QingpuWorld) {
  this.installation.identityRegister.reset();
});
