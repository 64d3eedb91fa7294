import type { Collection } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { BatchedFinds } from './batched-finds.ts';

interface Named {
  readonly _id: string;
  readonly name: string;
}

/** A collection whose look-ups are answered when the spec says so. */
class SlowCollection {
  readonly lookUps: { readonly ids: readonly string[]; readonly answer: PromiseWithResolvers<Named[]> }[] =
    [];

  find({ _id }: { readonly _id: { readonly $in: readonly string[] } }) {
    const answer = Promise.withResolvers<Named[]>();
    this.lookUps.push({ ids: _id.$in, answer });
    return { toArray: () => answer.promise };
  }

  async answer(index: number): Promise<void> {
    const lookUp = this.lookUps[index];
    lookUp?.answer.resolve(lookUp.ids.filter((id) => id !== 'nobody').map(named));
    await new Promise(setImmediate);
  }
}

function named(id: string): Named {
  return { _id: id, name: `name of ${id}` };
}

function open() {
  const collection = new SlowCollection();
  const finds = new BatchedFinds(collection as unknown as Collection<Named>);
  return { collection, finds, idsSent: () => collection.lookUps.map(({ ids }) => ids) };
}

describe('finds together', () => {
  it('sends who comes alone at once, and those who come meanwhile together', async () => {
    const { collection, finds, idsSent } = open();
    const asked = ['a', 'b', 'c', 'd', 'c', 'nobody'].map((id) => finds.find(id));
    expect(idsSent()).toEqual([['a']]);
    await collection.answer(0);
    expect(idsSent()).toEqual([['a'], ['b', 'c', 'd', 'nobody']]);
    await collection.answer(1);
    expect(await Promise.all(asked)).toEqual([...['a', 'b', 'c', 'd', 'c'].map(named), undefined]);
  });

  it('never answers from a look-up that was sent before', async () => {
    const { collection, finds, idsSent } = open();
    const before = finds.find('a');
    const after = finds.find('a');
    await collection.answer(0);
    expect(idsSent()).toEqual([['a'], ['a']]);
    await collection.answer(1);
    expect(await Promise.all([before, after])).toEqual([named('a'), named('a')]);
  });

  it('tells those who went together of their failure, and goes on with the others', async () => {
    const { collection, finds } = open();
    const [first, second, third] = [finds.find('a'), finds.find('b'), finds.find('c')];
    collection.lookUps[0]?.answer.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    await collection.answer(1);
    expect(await Promise.all([second, third])).toEqual([named('b'), named('c')]);
  });

  it('answers in the order of asking', async () => {
    const { collection, finds } = open();
    const answered: string[] = [];
    const asked = ['d', 'b', 'nobody', 'a', 'c'].map((id) => finds.find(id).then(() => answered.push(id)));
    for (let index = 0; index < 2; index++) await collection.answer(index);
    await Promise.all(asked);
    expect(answered).toEqual(['d', 'b', 'nobody', 'a', 'c']);
  });

  it('bounds how many go together', async () => {
    const { collection, finds, idsSent } = open();
    const asked = Array.from({ length: 500 }, (_none, n) => finds.find(`id-${n}`));
    for (let index = 0; index < collection.lookUps.length; index++) await collection.answer(index);
    expect(await Promise.all(asked)).toHaveLength(500);
    expect(Math.max(...idsSent().map(({ length }) => length))).toBe(200);
  });
});
