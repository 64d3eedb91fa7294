import assert from 'node:assert/strict';
import { type DataTable, Then, When } from '@cucumber/cucumber';
import { CHANNEL_KINDS } from '@qingpu/contracts/codes/directory-tables';
import { CLOSED_LOOP_TAGS } from '@qingpu/contracts/codes/slot-tables';
import { type SlotLife, slotLifeSchema, tracedSlotPageSchema } from '@qingpu/contracts/http/slots';
import { bodyOf } from '../support/api-user.ts';
import { eventually } from '../support/eventually.ts';
import { codeIn } from '../support/outpatient.ts';
import { holderOf } from '../support/visits.ts';
import type { QingpuWorld } from '../support/world.ts';

/* What became of a slot, for those who supervise (F2.02, F3.12). */

const KEYS: Readonly<Record<string, string>> = {
  排班ID: 'schedule',
  号源ID: 'slot',
  一级科室代码: 'department',
  二级科室代码: 'department',
  医生代码: 'doctor',
  门诊代码: 'clinic',
};

When(
  '监管人员按{string}为{string}追溯该医院的号源',
  function (this: QingpuWorld, key: string, value: string) {
    this.traced = { institution: this.hospital.institutionCode, ...filterOf(this, key, value) };
  },
);

function filterOf({ visits }: QingpuWorld, key: string, value: string): Readonly<Record<string, string>> {
  if (key === '医院代码') return {};
  if (key === '预约单号') return { order: visits.booking.orderNumber };
  if (key === '闭环标签') return { tag: codeIn(CLOSED_LOOP_TAGS, value) };
  const field = KEYS[key];
  if (field === undefined) throw new Error(`号源没有“${key}”这个编码`);
  return { [field]: value };
}

Then('追溯结果为{string}', async function (this: QingpuWorld, expected: string) {
  const regulator = await this.installation.user('regulator');
  await eventually(async () => {
    const query = { ...this.traced, size: '100', after: this.visits.position };
    const { items } = tracedSlotPageSchema.parse(bodyOf(await regulator.get('/api/slots/trace', query)));
    const told = items.map(({ scheduleId, slotId }) => `${scheduleId} ${slotId}`).toSorted();
    assert.deepEqual(told, expected.split('、'));
  });
});

async function lifeOf({ installation, hospital }: QingpuWorld, name: string): Promise<SlotLife> {
  const [scheduleId = '', slotId = ''] = name.split(' ');
  const regulator = await installation.user('regulator');
  const path = `/api/slots/trace/${hospital.institutionCode}/${scheduleId}/${slotId}`;
  return slotLifeSchema.parse(bodyOf(await regulator.get(path)));
}

/** What the clock records beside: a slot's life has it whenever the scheduler comes round. */
const RECORDED_BY_THE_CLOCK = new Set(['TierOpened', 'QuotaReturned']);

Then('号源{string}的经过依次为:', async function (this: QingpuWorld, name: string, table: DataTable) {
  await eventually(async () => {
    const { steps } = await lifeOf(this, name);
    const told = steps
      .filter(({ eventType }) => !RECORDED_BY_THE_CLOCK.has(eventType))
      .map(({ what, actor, channel }) => ({
        经过: what,
        经办: actor,
        渠道: channel === null ? '—' : CHANNEL_KINDS[channel],
      }));
    assert.deepEqual(told, table.hashes());
  });
});

Then('号源{string}的经过可以解释，附有完整性证明', async function (this: QingpuWorld, name: string) {
  const { explained, proof, steps } = await lifeOf(this, name);
  assert.equal(explained, true);
  assert.equal(proof.events, steps.length);
  assert.match(proof.digest, /^[0-9a-f]{64}$/);
});

Then(
  '号源{string}的经过里没有{person}的姓名、证件和手机号',
  async function (this: QingpuWorld, name: string, account: string) {
    const text = JSON.stringify(await lifeOf(this, name));
    const { personId } = await this.visits.person(account, '本人');
    const holder = holderOf(account);
    for (const secret of [holder.name, holder.identityNumber, holder.mobile, personId])
      assert.ok(!text.includes(secret));
  },
);
