import { accountEvents, personEvents, previewEvents } from '@qingpu/contracts/events/residents';
import { FakeViewStore } from '@qingpu/read-models-kernel/testing/fake-view-store';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { residents } from './projection.ts';
import {
  cardAdded,
  cardId,
  contentOf,
  FakeOpener,
  known,
  personId,
  ResidentsLog,
  registered,
  sampleContent,
  sealed,
  takeIn,
} from './testing/residents-log.ts';
import { holderId, memberId } from './view.ts';

const changedMobile = sampleContent({ mobile: '19900000009' });
const preview = { personId: personId(1), channel: 'phone', service: 'waitlist', reason: '体验' } as const;
const member = {
  accountId: 'a',
  personId: personId(2),
  relation: 'child',
  guardian: true,
  rulesVersion: '2026.1',
} as const;

/** A log with every event type. */
const log = () =>
  new ResidentsLog()
    .add(registered(1))
    .add(cardAdded(1, 1))
    .add(cardAdded(1, 2))
    .add({ type: 'CardRemoved', data: { personId: personId(1), cardId: cardId(2) } })
    .add({ type: 'PersonChanged', data: known(1, changedMobile) })
    .add(registered(2, sampleContent({ name: '王小小' })))
    .add({
      type: 'PersonVerified',
      data: {
        ...known(2, sampleContent({ name: '王小' })),
        verification: { method: 'desk', reference: 'r' },
      },
    })
    .add({ type: 'AccountBound', data: { accountId: 'a', personId: personId(1) } })
    .add({ type: 'FamilyMemberAdded', data: member })
    .add({ type: 'FamilyMemberRemoved', data: { accountId: 'a', personId: personId(2) } })
    .add({ type: 'PreviewGranted', data: preview })
    .add({ type: 'PreviewRevoked', data: { ...preview, reason: '结束' } })
    .add(registered(3))
    .add(cardAdded(3, 3))
    .add({ type: 'PersonErased', data: { personId: personId(3), cardIds: [cardId(3)], reason: '本人申请' } });

const ERASED = {
  status: 'erased',
  name: '已注销',
  identityKind: null,
  identityNumber: '',
  mobile: '',
  sex: '0',
  sealed: null,
  identityIndex: null,
  nameIndex: null,
  mobileIndex: null,
};

async function viewOf(events = log().events, opener = new FakeOpener()) {
  const store = new FakeViewStore();
  await takeIn(store, events, opener);
  return contentOf(store);
}

const find = async (collection: string, id: string) =>
  (await viewOf())[collection]?.find(({ _id }) => _id === id);

describe('the view of residents', () => {
  it('takes in every event of persons, accounts and the preview list', () => {
    const types = new Set(log().events.map(({ type }) => type));
    expect([...types].sort()).toEqual(
      Object.keys({ ...personEvents, ...accountEvents, ...previewEvents }).sort(),
    );
    expect(Object.keys(residents.catalogue).sort()).toEqual([...types].sort());
  });

  it('shows a person masked, keeps the envelope and the indexes', async () => {
    expect(await find('persons', personId(1))).toEqual({
      _id: personId(1),
      guard: 4n,
      status: 'known',
      name: '王**',
      identityKind: '01',
      identityNumber: '310***********0015',
      mobile: '199****0009',
      sex: '1',
      verification: 'nationalRegister',
      sealed: sealed(1, changedMobile),
      identityIndex: 'identity 1',
      nameIndex: 'name 3',
      mobileIndex: 'mobile 9',
    });
    expect(await find('persons', personId(2))).toMatchObject({ name: '王*', verification: 'desk' });
  });

  it('shows cards masked, and empties what is removed', async () => {
    expect(await find('cards', cardId(1))).toMatchObject({
      status: 'held',
      number: 'A12**5678',
      personId: personId(1),
    });
    expect(await find('cards', cardId(2))).toMatchObject({
      status: 'removed',
      number: '',
      sealed: null,
      cardIndex: null,
    });
  });

  it('knows whom an account acts for, and since when', async () => {
    expect(await find('members', holderId('a'))).toMatchObject({
      personId: personId(1),
      relation: 'self',
      status: 'active',
    });
    expect(await find('members', memberId('a', personId(2)))).toMatchObject({
      status: 'removed',
      guardian: true,
    });
  });

  it('knows another holder after the first was erased, also a former family member', async () => {
    const { events } = log()
      .add({ type: 'FamilyMemberAdded', data: member })
      .add({ type: 'AccountBound', data: { accountId: 'a', personId: personId(2) } });
    const { members = [] } = await viewOf(events);
    const active = members.filter((document) => (document as { status?: string }).status === 'active');
    expect(active).toMatchObject([{ _id: holderId('a'), personId: personId(2), relation: 'self' }]);
  });

  it('knows the newest of a preview', async () => {
    const { previews } = await viewOf();
    expect(previews).toMatchObject([
      { state: 'revoked', reason: '结束', at: '2026-03-01T08:11:00.000+08:00' },
    ]);
  });

  it('keeps nothing of an erased person, nor of their cards', async () => {
    expect(await find('persons', personId(3))).toMatchObject(ERASED);
    expect(await find('cards', cardId(3))).toMatchObject({
      status: 'removed',
      number: '',
      sealed: null,
      cardIndex: null,
    });
  });

  it('ends with the same documents when it is rebuilt after the key was destroyed', async () => {
    const opener = new FakeOpener();
    opener.erase(3);
    expect(await viewOf(log().events, opener)).toEqual(await viewOf());
    const { persons = [] } = await viewOf(log().events.slice(0, -1), opener);
    expect(persons.find(({ _id }) => _id === personId(3))).toMatchObject(ERASED);
  });

  it('holds nothing in clear', async () => {
    const text = JSON.stringify(await viewOf(), (key, value: unknown) => {
      if (key === 'sealed') return undefined;
      return typeof value === 'bigint' ? `${value}` : value;
    });
    const { name, identityNumber, mobile, birthDate } = sampleContent();
    for (const secret of [name, identityNumber, mobile, birthDate, 'A12345678'])
      expect(text).not.toContain(secret);
  });

  it('is the same however the log is cut into batches, and when events come again', async () => {
    const whole = await viewOf();
    const { events } = log();
    const cuts = fc.array(fc.tuple(fc.nat(events.length), fc.nat(events.length)), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(cuts, async (pieces) => {
        const store = new FakeViewStore();
        let done = 0;
        for (const [back, forward] of pieces) {
          const from = Math.max(0, done - back);
          done = Math.min(events.length, done + forward);
          await takeIn(store, events.slice(from, done));
        }
        await takeIn(store, events.slice(done));
        expect(await contentOf(store)).toEqual(whole);
      }),
    );
  });

  it.each([
    ['person', registered(4, { ...sampleContent(), name: 7 as never })],
    ['card', cardAdded(4, 4, 7 as never)],
  ])('stops at a sealed %s that does not fit, without telling what is in it', async (what, event) => {
    const fault = await takeIn(new FakeViewStore(), new ResidentsLog().add(event).events).catch(
      (error) => error,
    );
    expect(String(fault)).toBe(`Error: a sealed ${what} does not fit its schema`);
  });
});
