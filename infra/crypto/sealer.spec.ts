import { sealedSchema } from '@qingpu/contracts/events/sealed';
import { PersonErasedError } from '@qingpu/domains-kernel/sealing';
import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { DataKeyRecord, DataKeyStore } from './data-keys.ts';
import { BoxRefusedError, ContentTooLargeError } from './envelope.ts';
import { DataKeyUnknownError, EnvelopeSealer, type EnvelopeSealerOptions } from './sealer.ts';
import { SoftwareProvider } from './software-provider.ts';
import { ephemeralMasterKeys } from './testing/ephemeral-provider.ts';
import { FakeDataKeyStore } from './testing/fake-data-key-store.ts';

/** Counts what reaches the store, and fails on demand. */
class ObservedStore implements DataKeyStore {
  readonly #store = new FakeDataKeyStore();
  finds = 0;
  readonly inserted: DataKeyRecord[] = [];
  failing = false;

  async find(subject: string): Promise<DataKeyRecord | undefined> {
    this.finds += 1;
    if (this.failing) throw new Error('the store is away');
    return this.#store.find(subject);
  }

  async insert(record: DataKeyRecord): Promise<DataKeyRecord> {
    this.inserted.push(record);
    return this.#store.insert(record);
  }

  destroy(subject: string, at: string): Promise<void> {
    return this.#store.destroy(subject, at);
  }
}

const masterKeys = ephemeralMasterKeys();
const provider = new SoftwareProvider(masterKeys);
afterAll(() => provider.close());

let store: ObservedStore;
let time: number;
beforeEach(() => {
  store = new ObservedStore();
  time = 0;
});

/** Another process: its own cache, the same store and keys. */
function process(options: Partial<EnvelopeSealerOptions> = {}): Promise<EnvelopeSealer> {
  return EnvelopeSealer.create({ provider, store, monotonicNow: () => time, ...options });
}

const CONTENT = { name: '王小明', phone: '13812341234', history: [1, null, true] };

describe('sealing and opening', () => {
  it('opens what was sealed, also in another process', async () => {
    const [writer, reader] = await Promise.all([process(), process()]);
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), fc.uuid(), async (content, subject) => {
        const sealed = await writer.seal(subject, content);
        expect(sealedSchema.parse(sealed)).toEqual(sealed);
        expect(await reader.open(sealed)).toEqual(JSON.parse(JSON.stringify(content)));
      }),
    );
  });

  it('shows nothing of the content, in the box or in the store', async () => {
    const sealed = await (await process()).seal('p1', CONTENT);
    const kept = `${JSON.stringify(sealed)}${JSON.stringify(await store.find('p1'))}${Buffer.from(sealed.box, 'base64')}`;
    expect(kept).not.toMatch(/王小明|138/);
  });

  it('refuses any changed character of the box', async () => {
    const sealer = await process();
    const sealed = await sealer.seal('p1', CONTENT);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(sealed.box.length - 1),
        fc.base64String({ minLength: 4 }),
        async (at, other) => {
          const box = `${sealed.box.slice(0, at)}${other[0]}${sealed.box.slice(at + 1)}`;
          fc.pre(box !== sealed.box);
          await expect(sealer.open({ ...sealed, box })).rejects.toThrow(BoxRefusedError);
        },
      ),
    );
  });

  it('refuses other base64 of the same bytes', async () => {
    const sealer = await process();
    const sealed = await sealer.seal('p1', 'x');
    expect(sealed.box).toMatch(/[AQgw]==$/);
    const strayBits = sealed.box.replace(/.==$/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}==`);
    for (const box of [strayBits, sealed.box.replace('==', ''), `${sealed.box}\n`, ` ${sealed.box}`]) {
      expect(Buffer.from(box, 'base64')).toEqual(Buffer.from(sealed.box, 'base64'));
      await expect(sealer.open({ ...sealed, box })).rejects.toThrow(BoxRefusedError);
    }
  });

  it('refuses a box that was moved to another subject or key', async () => {
    const sealer = await process();
    const [own, other] = [await sealer.seal('p1', CONTENT), await sealer.seal('p2', CONTENT)];
    await expect(sealer.open({ ...other, box: own.box })).rejects.toThrow(BoxRefusedError);
    await expect(sealer.open({ ...own, subject: 'p2' })).rejects.toThrow(DataKeyUnknownError);
    await expect(sealer.open({ ...own, keyId: 'dk-other' })).rejects.toThrow(DataKeyUnknownError);
    await expect(sealer.open({ ...own, subject: 'p3' })).rejects.toThrow(DataKeyUnknownError);
  });

  it('refuses a wrapped key that was moved to another subject', async () => {
    const record = await (await process()).seal('p1', CONTENT).then(() => store.find('p1'));
    if (record === undefined) throw new Error('the subject has a key by now');
    await store.insert({ ...record, subject: 'p2' });
    await expect((await process()).seal('p2', CONTENT)).rejects.toThrow(BoxRefusedError);
  });

  it('refuses what has no JSON form and what is too large', async () => {
    const sealer = await process();
    await expect(sealer.seal('p1', undefined)).rejects.toThrow(TypeError);
    await expect(sealer.seal('p1', 'x'.repeat(49_102))).rejects.toThrow(ContentTooLargeError);
    await sealer.seal('p1', 'x'.repeat(49_101));
  });
});

describe('one key per subject', () => {
  it('is made once, however many seal at once in one process', async () => {
    const sealer = await process();
    const sealed = await Promise.all(Array.from({ length: 50 }, (_, i) => sealer.seal('p1', i)));
    expect(new Set(sealed.map(({ keyId }) => keyId)).size).toBe(1);
    expect(store.inserted).toHaveLength(1);
    expect(store.finds).toBe(1);
  });

  it('is the same for all processes that seal at once', async () => {
    const processes = await Promise.all(Array.from({ length: 10 }, () => process()));
    const sealed = await Promise.all(processes.map((sealer, i) => sealer.seal('p1', i)));
    expect(new Set(sealed.map(({ keyId }) => keyId)).size).toBe(1);
    const reader = await process();
    expect(await Promise.all(sealed.map((one) => reader.open(one)))).toEqual([...processes.keys()]);
  });

  it('is read once and then taken from memory until its time is over', async () => {
    const sealed = await (await process()).seal('p1', CONTENT);
    const reader = await process({ keyTimeToLiveMs: 1_000 });
    store.finds = 0;
    await Promise.all(Array.from({ length: 20 }, () => reader.open(sealed)));
    expect(store.finds).toBe(1);
    time += 1_000;
    await reader.open(sealed);
    expect(store.finds).toBe(2);
  });

  it('is asked for again after the store failed', async () => {
    const sealed = await (await process()).seal('p1', CONTENT);
    const reader = await process();
    store.failing = true;
    await expect(reader.open(sealed)).rejects.toThrow('the store is away');
    store.failing = false;
    expect(await reader.open(sealed)).toEqual(CONTENT);
  });

  it('stays readable after the master key was rotated', async () => {
    const sealed = await (await process()).seal('p1', CONTENT);
    const rotated = new SoftwareProvider({
      ...masterKeys,
      keys: new Map([...masterKeys.keys, ['mk-new', provider.randomBytes(32)]]),
      current: 'mk-new',
    });
    const sealer = await process({ provider: rotated });
    expect(await sealer.open(sealed)).toEqual(CONTENT);
    await sealer.seal('p2', CONTENT);
    expect(await store.find('p2')).toMatchObject({ masterKeyId: 'mk-new' });
    expect(sealer.blindIndex('id', '1')).toBe((await process()).blindIndex('id', '1'));
  });
});

describe('erasure', () => {
  it('makes everything of the subject unreadable, for ever', async () => {
    const sealer = await process();
    const [sealed, other] = [await sealer.seal('p1', CONTENT), await sealer.seal('p2', CONTENT)];
    await sealer.erase('p1');
    await sealer.erase('p1');
    for (const one of [sealer, await process()]) {
      await expect(one.open(sealed)).rejects.toThrow(PersonErasedError);
      await expect(one.seal('p1', CONTENT)).rejects.toThrow(PersonErasedError);
      expect(await one.open(other)).toEqual(CONTENT);
    }
    expect(await store.find('p1')).toMatchObject({ wrappedKey: null });
  });

  it('reaches a process that holds the key when the time to live is over, not later', async () => {
    const [here, elsewhere] = await Promise.all([process(), process({ keyTimeToLiveMs: 1_000 })]);
    const sealed = await elsewhere.seal('p1', CONTENT);
    await here.erase('p1');
    time += 999;
    expect(await elsewhere.open(sealed)).toEqual(CONTENT);
    time += 1;
    await expect(elsewhere.open(sealed)).rejects.toThrow(PersonErasedError);
  });

  it('also holds for a subject of whom nothing was sealed yet', async () => {
    const sealer = await process();
    await sealer.erase('p1');
    await expect(sealer.seal('p1', CONTENT)).rejects.toThrow(PersonErasedError);
  });

  it('leaves no readable box when it races with sealing', async () => {
    const sealer = await process();
    const sealing = Promise.allSettled(Array.from({ length: 5 }, () => sealer.seal('p1', CONTENT)));
    await sealer.erase('p1');
    for (const outcome of await sealing)
      if (outcome.status === 'fulfilled')
        await expect(sealer.open(outcome.value)).rejects.toThrow(PersonErasedError);
    await expect(sealer.seal('p1', CONTENT)).rejects.toThrow(PersonErasedError);
  });
});

describe('fingerprint and blind index', () => {
  it('are the same for the same content, whatever the order of its fields', async () => {
    const [one, other] = await Promise.all([process(), process()]);
    expect(one.fingerprint('body', { a: 1, b: { c: 2, d: 3 } })).toBe(
      other.fingerprint('body', { b: { d: 3, c: 2 }, a: 1 }),
    );
    expect(one.blindIndex('id-number', '110101199003070011')).toBe(
      other.blindIndex('id-number', '110101199003070011'),
    );
  });

  it('differ by content, purpose, kind and root key', async () => {
    const sealer = await process();
    const stranger = await process({ provider: new SoftwareProvider(ephemeralMasterKeys()) });
    const texts = [
      sealer.fingerprint('a', 'bc'),
      sealer.fingerprint('a', 'bd'),
      sealer.fingerprint('ab', 'c'),
      sealer.blindIndex('a', '"bc"'),
      sealer.blindIndex('a', 'bc'),
      sealer.blindIndex('ab', 'c'),
      stranger.blindIndex('a', 'bc'),
      stranger.fingerprint('a', 'bc'),
    ];
    expect(new Set(texts).size).toBe(texts.length);
    for (const text of texts) expect(text).toMatch(/^[0-9a-f]{64}$/);
  });
});
