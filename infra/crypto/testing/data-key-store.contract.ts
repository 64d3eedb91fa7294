import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { DataKeyRecord, DataKeyStore } from '../data-keys.ts';

const CREATED_AT = '2026-11-02T08:00:00.000+08:00';
const DESTROYED_AT = '2026-11-03T09:30:00.000+08:00';
const LATER = '2026-11-04T10:00:00.000+08:00';

function record(subject: string, keyId = 'dk-1'): DataKeyRecord {
  return {
    subject,
    keyId,
    wrappedKey: Buffer.from(`wrapped ${keyId}`).toString('base64'),
    masterKeyId: 'mk-1',
    createdAt: CREATED_AT,
    destroyedAt: null,
  };
}

/** What every data key store must do; run on the fake and on the real adapter. */
export function dataKeyStoreContract(name: string, open: () => DataKeyStore): void {
  describe(`data key store contract: ${name}`, () => {
    it('knows nothing of a subject that it never saw', async () => {
      expect(await open().find(randomUUID())).toBeUndefined();
    });

    it('answers an inserted record and finds it again, exactly as given', async () => {
      const store = open();
      const given = record(randomUUID());
      expect(await store.insert(given)).toEqual(given);
      expect(await store.find(given.subject)).toEqual(given);
    });

    it('keeps the first record of a subject', async () => {
      const store = open();
      const first = record(randomUUID());
      await store.insert(first);
      expect(await store.insert(record(first.subject, 'dk-2'))).toEqual(first);
      expect(await store.find(first.subject)).toEqual(first);
    });

    it('gives all of many racing inserts the same winner', async () => {
      const store = open();
      const subject = randomUUID();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => store.insert(record(subject, `dk-${i}`))),
      );
      const [winner] = answers;
      for (const answer of answers) expect(answer).toEqual(winner);
      expect(await store.find(subject)).toEqual(winner);
    });

    it('leaves a tombstone without the key', async () => {
      const store = open();
      const given = record(randomUUID());
      await store.insert(given);
      await store.destroy(given.subject, DESTROYED_AT);
      expect(await store.find(given.subject)).toEqual({
        ...given,
        wrappedKey: null,
        destroyedAt: DESTROYED_AT,
      });
    });

    it('never stores a key over a tombstone', async () => {
      const store = open();
      const given = record(randomUUID());
      await store.insert(given);
      await store.destroy(given.subject, DESTROYED_AT);
      const answer = await store.insert(record(given.subject, 'dk-2'));
      expect(answer).toMatchObject({ keyId: 'dk-1', wrappedKey: null, destroyedAt: DESTROYED_AT });
      expect(await store.find(given.subject)).toEqual(answer);
    });

    it('leaves a tombstone also where there was no key', async () => {
      const store = open();
      const subject = randomUUID();
      await store.destroy(subject, DESTROYED_AT);
      expect(await store.find(subject)).toMatchObject({
        subject,
        wrappedKey: null,
        destroyedAt: DESTROYED_AT,
      });
      expect(await store.insert(record(subject))).toMatchObject({ wrappedKey: null });
    });

    it('keeps the time of the first destruction', async () => {
      const store = open();
      const given = record(randomUUID());
      await store.insert(given);
      await store.destroy(given.subject, DESTROYED_AT);
      await store.destroy(given.subject, LATER);
      expect(await store.find(given.subject)).toMatchObject({ destroyedAt: DESTROYED_AT });
    });

    it('leaves no key behind when insert and destroy race', async () => {
      const store = open();
      const subject = randomUUID();
      await Promise.all([
        store.insert(record(subject)),
        store.destroy(subject, DESTROYED_AT),
        store.insert(record(subject, 'dk-2')),
      ]);
      expect(await store.find(subject)).toMatchObject({ wrappedKey: null, destroyedAt: DESTROYED_AT });
    });

    it('does not mix subjects up', async () => {
      const store = open();
      const kept = record(randomUUID());
      const other = record(randomUUID(), 'dk-2');
      await Promise.all([store.insert(kept), store.insert(other)]);
      await store.destroy(other.subject, DESTROYED_AT);
      expect(await store.find(kept.subject)).toEqual(kept);
    });
  });
}
