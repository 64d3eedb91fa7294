import { describe, expect, it } from 'vitest';
import { checkpointsContract } from './testing/checkpoints.contract.ts';
import { FakeCheckpoints } from './testing/fake-checkpoints.ts';
import { FakeViewStore } from './testing/fake-view-store.ts';
import { viewStoreContract } from './testing/view-store.contract.ts';
import { foldWrites } from './view.ts';

viewStoreContract('fake', () => new FakeViewStore());
checkpointsContract('fake', () => new FakeCheckpoints());

describe('folding a batch', () => {
  it('joins writes of one document, later fields over earlier ones, and keeps the newest guard', () => {
    const writes = [
      { collection: 'c', id: 'a', guard: 1n, set: { x: 1, y: 1 } },
      { collection: 'c', id: 'b', guard: 1n, set: { x: 9 } },
      { collection: 'c', id: 'a', guard: 2n, set: { x: 2 } },
    ];
    expect(foldWrites(writes)).toEqual([
      { collection: 'c', id: 'a', guard: 2n, set: { x: 2, y: 1 } },
      { collection: 'c', id: 'b', guard: 1n, set: { x: 9 } },
    ]);
  });
});
