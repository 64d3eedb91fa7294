import { foundPersonsSchema, myPersonsSchema, previewPageSchema } from '@qingpu/contracts/http/residents';
import { FakeCheckpoints } from '@qingpu/read-models-kernel/testing/fake-checkpoints';
import { FakeViewStore } from '@qingpu/read-models-kernel/testing/fake-view-store';
import { ViewReader } from '@qingpu/read-models-kernel/view-reader';
import { describe, expect, it } from 'vitest';
import { Residents } from './queries.ts';
import {
  cardAdded,
  cardId,
  personId,
  ResidentsLog,
  registered,
  sampleContent,
  takeIn,
} from './testing/residents-log.ts';
import { residentsView } from './view.ts';

const member = (number: number, relation: 'child' | 'parent') => ({
  type: 'FamilyMemberAdded' as const,
  data: {
    accountId: 'a',
    personId: personId(number),
    relation,
    guardian: relation === 'child',
    rulesVersion: '2026.1',
  },
});
const bound = { type: 'AccountBound' as const, data: { accountId: 'a', personId: personId(1) } };
const erased = (number: number) => ({
  type: 'PersonErased' as const,
  data: { personId: personId(number), cardIds: [], reason: '本人申请' },
});
const granted = (number: number, channel: 'phone' | 'window', service = 'waitlist') => ({
  type: 'PreviewGranted' as const,
  data: { personId: personId(number), channel, service, reason: '体验' },
});

async function residentsOf(log: ResidentsLog): Promise<Residents> {
  const store = new FakeViewStore();
  await takeIn(store, log.events);
  return new Residents(
    new ViewReader(residentsView, store, new FakeCheckpoints(), async () => 1_000n, { waitMs: 0 }),
  );
}

describe('the persons of an account', () => {
  it('are none, and nobody is registered, before anything happened', async () => {
    const answer = await (await residentsOf(new ResidentsLog())).personsOf('a');
    expect(answer).toMatchObject({ registered: false, items: [], familyMembers: 5, guardianAge: 14 });
    expect(myPersonsSchema.parse(answer)).toEqual(answer);
  });

  it('are the holder first, then the family as it was added, with cards', async () => {
    const log = new ResidentsLog()
      .add(registered(1))
      .add(registered(2))
      .add(registered(3))
      .add(registered(4))
      .add(bound)
      .add(member(3, 'parent'))
      .add(member(2, 'child'))
      .add(cardAdded(2, 7));
    const answer = await (await residentsOf(log)).personsOf('a');
    expect(answer.registered).toBe(true);
    expect(answer.items.map((item) => [item.personId, item.relationName, item.guardian])).toEqual([
      [personId(1), '本人', false],
      [personId(3), '父母', false],
      [personId(2), '子女', true],
    ]);
    expect(answer.items[2]?.cards).toMatchObject([{ cardId: cardId(7), number: 'A12**5678' }]);
    expect(myPersonsSchema.parse(answer)).toEqual(answer);
  });

  it('are not registered once the holder is erased', async () => {
    const answer = await (
      await residentsOf(new ResidentsLog().add(registered(1)).add(bound).add(erased(1)))
    ).personsOf('a');
    expect(answer).toMatchObject({ registered: false, items: [{ name: '已注销', erased: true }] });
    expect(myPersonsSchema.parse(answer)).toEqual(answer);
  });
});

describe('a search for persons', () => {
  const log = () =>
    new ResidentsLog()
      .add(registered(1, sampleContent({ mobile: '19900000001' })))
      .add(registered(2, sampleContent({ mobile: '19900000002' })))
      .add(registered(3, sampleContent({ mobile: null })))
      .add(registered(4))
      .add(erased(4));

  it('finds by number, mobile and name, all that are given', async () => {
    const residents = await residentsOf(log());
    const ids = async (indexes: Parameters<Residents['find']>[0]) =>
      (await residents.find(indexes)).items.map((item) => item.personId);
    expect(await ids({ identity: ['other', 'identity 2'] })).toEqual([personId(2)]);
    expect(await ids({ mobile: 'mobile 1' })).toEqual([personId(1)]);
    expect(await ids({ name: 'name 3' })).toEqual([personId(1), personId(2), personId(3)]);
    expect(await ids({ name: 'name 3', mobile: 'mobile 2' })).toEqual([personId(2)]);
    expect(await ids({ name: 'name 3', mobile: 'mobile 3' })).toEqual([]);
  });

  it('finds nobody for nothing, and nobody who was erased', async () => {
    const residents = await residentsOf(log());
    expect(await residents.find({})).toMatchObject({ items: [], more: false });
    expect((await residents.find({ identity: ['identity 4'] })).items).toEqual([]);
    expect(await residents.findIds({ identity: ['identity 4'] }, 10)).toEqual([]);
  });

  it('says when there are more than it shows', async () => {
    const many = new ResidentsLog();
    for (let number = 1; number <= 21; number++) many.add(registered(number));
    const answer = await (await residentsOf(many)).find({ name: 'name 3' });
    expect([answer.items.length, answer.more]).toEqual([20, true]);
    expect(foundPersonsSchema.parse(answer)).toEqual(answer);
  });
});

describe('the preview list', () => {
  const query = { page: 1, size: 20, state: 'granted' } as const;
  const log = () =>
    new ResidentsLog()
      .add(registered(1))
      .add(registered(2))
      .add(granted(1, 'phone'))
      .add(granted(2, 'window'))
      .add(granted(1, 'window', 'prepayment'))
      .add({ ...granted(2, 'window'), type: 'PreviewRevoked' });

  it('shows what is granted, newest first, with masked persons', async () => {
    const page = await (await residentsOf(log())).previews(query);
    expect(
      page.items.map(({ personName, channelName, serviceName, stateName }) => [
        personName,
        channelName,
        serviceName,
        stateName,
      ]),
    ).toEqual([
      ['王**', '医院窗口', '线上预付', '生效中'],
      ['王**', '电话预约', '候补预约', '生效中'],
    ]);
    expect(page.total).toBe(2);
    expect(previewPageSchema.parse(page)).toEqual(page);
  });

  it('is narrowed by channel, service, state and persons', async () => {
    const residents = await residentsOf(log());
    const count = async (changes: object, persons?: readonly string[]) =>
      (await residents.previews({ ...query, ...changes }, persons)).total;
    expect(await count({ channel: 'phone' })).toBe(1);
    expect(await count({ service: 'prepayment' })).toBe(1);
    expect(await count({ state: 'revoked' })).toBe(1);
    expect(await count({ state: 'all' })).toBe(3);
    expect(await count({ state: 'all' }, [personId(2)])).toBe(1);
    expect(await count({}, [])).toBe(0);
  });

  it('calls an erased person so', async () => {
    const page = await (await residentsOf(log().add(erased(1)))).previews(query);
    expect(page.items.map(({ personName, mobile }) => [personName, mobile])).toEqual([
      ['已注销', ''],
      ['已注销', ''],
    ]);
  });
});
