import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataKeyStoreContract } from '@qingpu/crypto/testing/data-key-store.contract';
import { commandLedgerContract } from '@qingpu/domains-kernel/testing/command-ledger.contract';
import {
  type EmbeddedDocumentStore,
  startEmbeddedDocumentStore,
} from '@qingpu/embedded-document-store/server';
import { checkpointsContract } from '@qingpu/read-models-kernel/testing/checkpoints.contract';
import { viewStoreContract } from '@qingpu/read-models-kernel/testing/view-store.contract';
import type { Db, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MongoCheckpoints } from './mongo-checkpoints.ts';
import { MongoCommandLedger } from './mongo-command-ledger.ts';
import { connectMongo } from './mongo-connection.ts';
import { MongoDataKeyStore } from './mongo-data-key-store.ts';
import { MongoExpiringDocuments } from './mongo-expiring-documents.ts';
import { MongoViewStore } from './mongo-view-store.ts';

let folder: string;
let engine: EmbeddedDocumentStore | undefined;
let client: MongoClient;
let db: Db;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'qingpu-documents-'));
  const url = process.env.MONGODB_URL;
  engine = url === undefined ? await startEmbeddedDocumentStore({ folder }) : undefined;
  ({ client, db } = await connectMongo(url ?? engine?.connectionString ?? '', `qingpu_test_${process.pid}`));
});

afterAll(async () => {
  await db.dropDatabase();
  await client.close();
  await engine?.stop();
  await rm(folder, { recursive: true, force: true });
});

const server = process.env.MONGODB_URL ? 'MongoDB' : 'embedded document store';
viewStoreContract(server, () => new MongoViewStore(db));
checkpointsContract(server, () => new MongoCheckpoints(db));
commandLedgerContract(server, () => new MongoCommandLedger(db));
dataKeyStoreContract(server, () => new MongoDataKeyStore(db));

describe('the command ledger', () => {
  it('forgets what was reserved before an instant', async () => {
    const ledger = new MongoCommandLedger(db);
    await ledger.reserve('old', 'a');
    expect(await ledger.purgeBefore(new Date(Date.now() + 1_000))).toBeGreaterThan(0);
    expect(await ledger.reserve('old', 'a')).toEqual({ status: 'fresh' });
  });
});

describe('expiring documents', () => {
  it('takes a key once, answers it until it expires, and purges', async () => {
    const documents = new MongoExpiringDocuments<{ readonly who: string }>(db, 'expiring');
    await documents.prepare();
    expect(await documents.insert('k', { who: 'a' }, 1_000)).toBe(true);
    expect(await documents.insert('k', { who: 'b' }, 2_000)).toBe(false);
    expect(await documents.find('k', 999)).toEqual({ value: { who: 'a' }, expiresAt: 1_000 });
    expect(await documents.find('k', 1_000)).toBeUndefined();
    expect(await documents.purge(1_000)).toBe(1);
    expect(await documents.insert('k', { who: 'c' }, 3_000)).toBe(true);
    await documents.remove('k');
    expect(await documents.find('k', 0)).toBeUndefined();
  });
});
