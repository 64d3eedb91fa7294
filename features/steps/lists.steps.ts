import assert from 'node:assert/strict';
import { type DataTable, Then, When } from '@cucumber/cucumber';
import { CHANNEL_KINDS } from '@qingpu/contracts/codes/directory-tables';
import { PREVIEW_SERVICES } from '@qingpu/contracts/codes/resident-tables';
import { BLOCK_KINDS } from '@qingpu/contracts/codes/slot-tables';
import { previewPageSchema } from '@qingpu/contracts/http/residents';
import { blockPageSchema } from '@qingpu/contracts/http/slots';
import { type Answer, bodyOf } from '../support/api-user.ts';
import { eventually } from '../support/eventually.ts';
import { codeIn } from '../support/outpatient.ts';
import { holderOf } from '../support/visits.ts';
import type { QingpuWorld } from '../support/world.ts';

/* Who may not book, and who may try new things before others (F1.22–F1.24, A1.15, A5.20–A5.27). */

const BLOCKS = '/api/slots/desk/blocks';
const PREVIEWS = '/api/residents/previews';
const STATES = { inForce: '生效中', over: '已到期', lifted: '已移除' } as const;

async function write(
  { installation, visits }: QingpuWorld,
  method: 'POST' | 'DELETE',
  path: string,
  body: object,
): Promise<Answer> {
  const admin = await installation.user('district-admin');
  return visits.note(await admin.write(method, path, body));
}

/* ---- black list ---- */

When(
  '区管理员把{person}的{relation}加入黑名单，类型是{string}，原因是{string}',
  async function (this: QingpuWorld, account: string, relation: string, kind: string, reason: string) {
    const { personId } = await this.visits.person(account, relation);
    const body = { personId, kind: codeIn(BLOCK_KINDS, kind), scope: 'district', reason };
    bodyOf(await write(this, 'POST', BLOCKS, body));
  },
);

/** Blocks of the account's holder, found by what names them. */
async function blocksOf(world: QingpuWorld, account: string, named: object) {
  const { personId } = await world.visits.person(account, '本人');
  const body = { ...named, after: world.visits.position };
  const { items } = blockPageSchema.parse(bodyOf(await write(world, 'POST', `${BLOCKS}/search`, body)));
  return items.filter((item) => item.personId === personId);
}

Then(
  '区管理员按姓名和手机号都能查到{person}的黑名单记录:',
  async function (this: QingpuWorld, account: string, table: DataTable) {
    const { name, mobile, identityNumber } = holderOf(account);
    for (const named of [{ patient: name }, { mobile }]) {
      await eventually(async () => {
        const found = await blocksOf(this, account, named);
        const told = found.map(({ kind, reason, state }) => ({
          禁用类型: BLOCK_KINDS[kind],
          禁用原因: reason,
          状态: STATES[state],
        }));
        assert.deepEqual(told, table.hashes());
        const [shown] = found;
        assert.ok(shown?.from && shown.personName.startsWith(name.charAt(0)));
        for (const secret of [name, mobile, identityNumber])
          assert.ok(!JSON.stringify(found).includes(secret));
      });
    }
  },
);

Then(
  '区管理员在黑名单中看到{person}{string}，来源是该医院，解禁时间为{int}天后',
  async function (this: QingpuWorld, account: string, kind: string, days: number) {
    await eventually(async () => {
      const found = await blocksOf(this, account, { kind: codeIn(BLOCK_KINDS, kind) });
      assert.deepEqual(
        found.map(({ sourceName, until, state }) => [sourceName, until, state]),
        [[this.hospital.name, this.day(days), 'inForce']],
      );
    });
  },
);

When(
  '区管理员把{person}的{relation}移出黑名单，原因是{string}',
  async function (this: QingpuWorld, account: string, _relation: string, reason: string) {
    const [block] = await blocksOf(this, account, { patient: holderOf(account).name });
    assert.ok(block);
    bodyOf(await write(this, 'POST', `${BLOCKS}/${block.blockId}/lifting`, { reason }));
  },
);

Then(
  '{person}在预约信用中看到黑名单记录{string}',
  async function (this: QingpuWorld, account: string, kind: string) {
    const { personId } = await this.visits.person(account, '本人');
    await eventually(async () => {
      const { blocks } = await this.visits.standing(account, personId);
      assert.deepEqual(
        blocks.map((block) => BLOCK_KINDS[block.kind]),
        [kind],
      );
    });
  },
);

const ENTRY = 'HMD-1';

When(
  '医院上传{person}的黑名单，类型是{string}，原因是{string}',
  async function (this: QingpuWorld, account: string, kind: string, reason: string) {
    const { name, identityKind, identityNumber, mobile } = holderOf(account);
    await tell(this, 'blacklist-entries', {
      entryCode: ENTRY,
      person: { name, identityKind, identityNumber, mobile },
      kind: codeIn(BLOCK_KINDS, kind),
      reason,
      from: this.day(0),
    });
  },
);

When('医院上传黑名单申诉，申诉成立', async function (this: QingpuWorld) {
  await tell(this, 'blacklist-appeals', { entryCode: ENTRY, upheld: true, reason: '核实情况，申诉成立' });
});

When('医院落地黑名单，其中没有居民四', async function (this: QingpuWorld) {
  await tell(this, 'blacklist-landings', { entries: [] });
});

async function tell(
  { hospital, visits }: QingpuWorld,
  path: 'blacklist-entries' | 'blacklist-appeals' | 'blacklist-landings',
  content: object,
): Promise<void> {
  await hospital.tell(path, { institutionCode: hospital.institutionCode, ...content });
  assert.equal(hospital.outcome.kind, 'told', JSON.stringify(hospital.outcome));
  if (hospital.position !== undefined) visits.reached(hospital.position);
}

/* ---- preview list ---- */

When(
  '区管理员把{person}的{relation}加入白名单，渠道{string}，服务{string}',
  async function (this: QingpuWorld, account: string, relation: string, channel: string, service: string) {
    const { personId } = await this.visits.person(account, relation);
    const preview = { channel: codeIn(CHANNEL_KINDS, channel), service: codeIn(PREVIEW_SERVICES, service) };
    bodyOf(await write(this, 'POST', PREVIEWS, { personId, ...preview, reason: '试用新功能' }));
    this.preview = preview;
  },
);

When(
  '区管理员把{person}的{relation}移出白名单',
  async function (this: QingpuWorld, account: string, relation: string) {
    const { personId } = await this.visits.person(account, relation);
    const { channel, service } = this.preview;
    const path = `${PREVIEWS}/${personId}/${channel}/${service}`;
    bodyOf(await write(this, 'DELETE', path, { reason: '试用结束' }));
  },
);

Then(
  '区管理员按渠道、用户和状态都能查到{person}的白名单:',
  async function (this: QingpuWorld, account: string, table: DataTable) {
    const { personId } = await this.visits.person(account, '本人');
    const [expected] = table.hashes();
    const state = expected?.状态 === '已移除' ? 'revoked' : 'granted';
    const { channel } = this.preview;
    const { name } = holderOf(account);
    for (const query of [{ channel }, { name }, { channel, name, state }]) {
      await eventually(async () => {
        const body = { state, ...query, after: this.visits.position };
        const { items } = previewPageSchema.parse(
          bodyOf(await write(this, 'POST', `${PREVIEWS}/search`, body)),
        );
        const told = items.filter((item) => item.personId === personId);
        assert.deepEqual(
          told.map((item) => ({ 渠道: item.channelName, 服务: item.serviceName, 状态: item.stateName })),
          [expected],
        );
        assert.ok(told[0]?.mobile.includes('****'));
      });
    }
  },
);
