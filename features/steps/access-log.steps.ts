import assert from 'node:assert/strict';
import { Then, When } from '@cucumber/cucumber';
import { accessPageSchema, foundPersonsSchema } from '@qingpu/contracts/http/residents';
import { bodyOf } from '../support/api-user.ts';
import { eventually } from '../support/eventually.ts';
import { holderOf } from '../support/visits.ts';
import type { QingpuWorld } from '../support/world.ts';

/* Who looked at whose record. */

const pathOf = (personId: string) => `/api/residents/persons/${personId}/accesses`;

When(
  '转诊协调员以{string}为由查找{person}',
  async function (this: QingpuWorld, purpose: string, account: string) {
    const { personId } = await this.visits.person(account, '本人');
    const coordinator = await this.installation.user('coordinator');
    const body = { purpose, identity: holderOf(account).identityNumber };
    const { items } = foundPersonsSchema.parse(
      bodyOf(await coordinator.write('POST', '/api/residents/desk/search', body)),
    );
    assert.deepEqual(
      items.map((found) => found.personId),
      [personId],
    );
  },
);

Then(
  '{person}看到的最近一次查阅是转诊协调员{string}',
  async function (this: QingpuWorld, account: string, what: string) {
    const { personId } = await this.visits.person(account, '本人');
    const user = await this.visits.user(account);
    await eventually(async () => {
      const [newest] = accessPageSchema.parse(bodyOf(await user.get(pathOf(personId)))).items;
      assert.deepEqual([newest?.roleName, newest?.what], ['转诊协调员', what]);
      assert.match(newest?.staffName ?? '', /^.\*+$/);
    });
  },
);

Then(
  '{person}不能查看{person}的查阅记录',
  async function (this: QingpuWorld, account: string, other: string) {
    const { personId } = await this.visits.person(other, '本人');
    const user = await this.visits.user(account);
    assert.equal((await user.get(pathOf(personId))).status, 404);
  },
);
