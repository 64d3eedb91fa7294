import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startEmbeddedDocumentStore } from './server.ts';
import { backUp, checkDatabase } from './storage/check.ts';
import { openDatabase } from './storage/database.ts';
import { GroupCommit } from './storage/group-commit.ts';
import { temporaryFolder } from './test-kit.ts';
import { torture } from './torture.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function folder(): string {
  const { path, remove } = temporaryFolder();
  cleanups.push(remove);
  return path;
}

async function start(path: string) {
  const store = await startEmbeddedDocumentStore({ folder: path });
  cleanups.push(() => store.stop());
  return store;
}

async function connect(url: string): Promise<MongoClient> {
  const client = await MongoClient.connect(url, { serverSelectionTimeoutMS: 5000 });
  cleanups.push(() => client.close());
  return client;
}

/** The command line program in a process of its own; answers its connection string. */
async function startProcess(path: string): Promise<{ child: ChildProcess; url: string }> {
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, '--data', path, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  cleanups.push(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout });
  const first = await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => [])]);
  if (typeof first[0] !== 'string') throw new Error('the program did not start');
  return { child, url: (JSON.parse(first[0]) as { url: string }).url };
}

describe('restart', () => {
  test('documents, indexes and multikey state come back', async () => {
    const path = folder();
    const first = await startEmbeddedDocumentStore({ folder: path });
    const before = await MongoClient.connect(first.connectionString);
    const collection = before.db('d').collection<{ _id: number }>('c');
    await collection.createIndex({ tags: 1 });
    await collection.createIndex({ u: 1 }, { unique: true });
    await collection.insertMany([
      { _id: 1, tags: [1, 10], u: 1 },
      { _id: 2, tags: 4, u: 2 },
    ] as never);
    await before
      .db('d')
      .collection('gone')
      .insertMany(Array.from({ length: 2000 }, () => ({ a: 1 })));
    await before.db('d').collection('gone').drop();
    await before.close();
    await first.stop();
    const second = await start(path);
    const after = (await connect(second.connectionString)).db('d');
    const again = after.collection('c');
    expect(await again.find({ tags: { $gt: 3, $lt: 5 } }).toArray()).toHaveLength(2);
    expect((await again.indexes()).map(({ name }) => name)).toEqual(['_id_', 'tags_1', 'u_1']);
    await expect(again.insertOne({ u: 1 })).rejects.toMatchObject({ code: 11000 });
    expect(await after.listCollections().toArray()).toHaveLength(1);
  });

  test('stop can be called twice and frees the folder and the port', async () => {
    const path = folder();
    const store = await startEmbeddedDocumentStore({ folder: path });
    await Promise.all([store.stop(), store.stop()]);
    const again = await startEmbeddedDocumentStore({ folder: path, port: store.port });
    expect(again.port).toBe(store.port);
    await again.stop();
  });
});

describe('one server for a folder', () => {
  test('a second one in this process is refused', async () => {
    const path = folder();
    await start(path);
    await expect(startEmbeddedDocumentStore({ folder: path })).rejects.toThrow('in use by another process');
  });

  test('a second process is refused, and may take over after kill -9', async () => {
    const path = folder();
    const { child } = await startProcess(path);
    await expect(startEmbeddedDocumentStore({ folder: path })).rejects.toThrow('in use by another process');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await start(path);
  });

  test('an unknown format and a foreign address are refused', async () => {
    const path = folder();
    await (await startEmbeddedDocumentStore({ folder: path })).stop();
    const db = new DatabaseSync(join(path, 'documents.db'));
    db.exec("UPDATE meta SET value = '99' WHERE key = 'format'");
    db.close();
    await expect(startEmbeddedDocumentStore({ folder: path })).rejects.toThrow('format 99');
    const foreign = { folder: path, host: '0.0.0.0' as '127.0.0.1' };
    await expect(startEmbeddedDocumentStore(foreign)).rejects.toThrow('loopback');
  });
});

describe('the command line program', () => {
  test('ends cleanly on SIGTERM', async () => {
    const { child, url } = await startProcess(folder());
    const client = await connect(url);
    await client.db('d').collection('c').insertOne({ a: 1 });
    child.kill('SIGTERM');
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
  });
});

describe('kill -9', () => {
  test('loses nothing that was acknowledged, and indexes agree with documents', async () => {
    const report = await torture(folder(), 5);
    expect(report).toMatchObject({ rounds: 5, lost: [], faults: [] });
    expect(report.acknowledged).toBeGreaterThan(500);
  });
});

describe('damage and backup', () => {
  async function filled(path: string): Promise<void> {
    const store = await startEmbeddedDocumentStore({ folder: path });
    const client = await MongoClient.connect(store.connectionString);
    const collection = client.db('d').collection('c');
    await collection.createIndex({ tags: 1 });
    await collection.insertMany(
      Array.from({ length: 200 }, (_, i) => ({
        _id: i,
        tags: [i, i + 1],
        text: `mark-${i}-${'x'.repeat(200)}`,
      })) as never,
    );
    await client.close();
    await store.stop();
  }

  test('a damaged document is named and never served', async () => {
    const path = folder();
    await filled(path);
    const file = join(path, 'documents.db');
    const bytes = readFileSync(file);
    const at = bytes.indexOf('mark-77-');
    bytes[at + 20] = 0x79;
    writeFileSync(file, bytes);
    expect(checkDatabase(file).faults).toEqual([expect.stringContaining('a page of d.c is damaged')]);
    const store = await start(path);
    const collection = (await connect(store.connectionString)).db('d').collection('c');
    for (const filter of [{ _id: 77 }, { tags: 77 }, { text: /^mark/ }])
      await expect(collection.find(filter as never).toArray()).rejects.toThrow('a page of d.c is damaged');
    expect(await collection.findOne({ _id: 78 } as never)).not.toBeNull();
  });

  test('a damaged page is found by the check', async () => {
    const path = folder();
    await filled(path);
    const file = join(path, 'documents.db');
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 4096 * 8, 4096 * 9);
    writeFileSync(file, bytes);
    expect(checkDatabase(file).faults.length).toBeGreaterThan(0);
  });

  test('a store in use is copied as it is at one moment, and the copy can be used', async () => {
    const [path, restored] = [folder(), folder()];
    const { url } = await startProcess(path);
    const client = await connect(url);
    const collection = client.db('d').collection<{ _id: number; n: number }>('c');
    await collection.createIndex({ n: 1 });
    await collection.insertMany(Array.from({ length: 3000 }, (_, i) => ({ _id: i, n: 0 })));
    let writing = true;
    let written = 3000;
    const writer = (async () => {
      for (; writing; written += 1) await collection.insertOne({ _id: written, n: 1 });
    })();
    const main = fileURLToPath(new URL('./main.ts', import.meta.url));
    const file = join(restored, 'documents.db');
    const child = spawn(process.execPath, [main, 'backup', '--data', path, '--to', file]);
    const [code] = await once(child, 'exit');
    writing = false;
    await writer;
    expect(code).toBe(0);
    const copy = await start(restored);
    const copied = (await connect(copy.connectionString)).db('d').collection<{ _id: number; n: number }>('c');
    const ids = (await copied.find().sort({ _id: 1 }).toArray()).map(({ _id }) => _id);
    expect(ids.length).toBeGreaterThanOrEqual(3000);
    expect(ids).toEqual(ids.map((_, i) => i));
    expect(await copied.countDocuments({ n: { $gte: 0 } })).toBe(ids.length);
    expect(() => backUp(path, file)).toThrow('exists already');
  });

  test('format 1, which had no checksums, is taken over', async () => {
    const path = folder();
    await filled(path);
    const db = new DatabaseSync(join(path, 'documents.db'));
    db.exec("ALTER TABLE documents_1 DROP COLUMN sum; UPDATE meta SET value = '1' WHERE key = 'format'");
    db.close();
    const store = await start(path);
    const collection = (await connect(store.connectionString)).db('d').collection('c');
    expect(await collection.countDocuments({ text: /^mark/ })).toBe(200);
    await collection.updateMany({}, { $set: { text: 'new' } });
    expect(await collection.countDocuments({ text: 'new' })).toBe(200);
  });
});

describe('group commit', () => {
  function openTable() {
    const db = openDatabase(folder());
    cleanups.push(() => db.close());
    db.sqlite.exec('CREATE TABLE t (a BLOB)');
    const count = (): number => Number(db.sqlite.prepare('SELECT count(*) n FROM t').get()?.n);
    const insert = (bytes: number) => () => {
      db.prepare('INSERT INTO t VALUES (?)').run(Buffer.alloc(bytes));
    };
    return { db, commits: new GroupCommit(db), count, insert };
  }

  test('a unit that fails takes only itself back', async () => {
    const { commits, count, insert } = openTable();
    const outcomes = await Promise.allSettled([
      commits.once(insert(1)),
      commits.once(() => {
        insert(1)();
        throw new Error('no');
      }),
      commits.once(insert(1)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(count()).toBe(2);
  });

  test('what need not wait for the disk is answered before, everything else after', async () => {
    const path = folder();
    const db = openDatabase(path);
    cleanups.push(() => db.close());
    db.sqlite.exec('CREATE TABLE t (a BLOB)');
    const commits = new GroupCommit(db);
    const other = new DatabaseSync(join(path, 'documents.db'), { readOnly: true });
    cleanups.push(() => other.close());
    const durable = (): number => Number(other.prepare('SELECT count(*) n FROM t').get()?.n);
    const insert = (): unknown => db.prepare('INSERT INTO t VALUES (1)').run();
    await commits.once(insert, true);
    expect([db.inTransaction, durable()]).toEqual([true, 0]);
    await commits.once(insert);
    expect([db.inTransaction, durable()]).toEqual([false, 2]);
    await commits.once(insert, true);
    await expect.poll(durable).toBe(3);
    await commits.once(insert, true);
    await commits.drained();
    expect(durable()).toBe(4);
  });

  test('the log is moved to the database before it grows long; what another process reads stays in it', async () => {
    const path = folder();
    const db = openDatabase(path);
    cleanups.push(() => db.close());
    db.sqlite.exec('CREATE TABLE t (a BLOB)');
    const commits = new GroupCommit(db);
    const checkpoints = vi.spyOn(db, 'checkpoint');
    const megabyte = (): unknown => db.prepare('INSERT INTO t VALUES (?)').run(Buffer.alloc(1024 * 1024));
    const write = async (count: number): Promise<number> => {
      for (let i = 0; i < count; i += 1) await commits.once(megabyte);
      await commits.drained();
      return statSync(join(path, 'documents.db-wal')).size / 1024 / 1024;
    };
    expect(await write(20)).toBeLessThan(8);
    const other = new DatabaseSync(join(path, 'documents.db'), { readOnly: true });
    other.exec('BEGIN');
    const seen = other.prepare('SELECT count(*) n FROM t').get()?.n;
    checkpoints.mockClear();
    const grown = await write(20);
    expect(grown).toBeGreaterThan(20);
    expect(checkpoints.mock.calls.length).toBeLessThan(14);
    expect(other.prepare('SELECT count(*) n FROM t').get()?.n).toBe(seen);
    other.close();
    expect(await write(20)).toBeLessThan(grown + 8);
  });

  test('a full disk rejects what it could not keep and the store goes on', async () => {
    const { db, commits, count, insert } = openTable();
    await commits.once(insert(1));
    const pages = Number(db.sqlite.prepare('PRAGMA page_count').get()?.page_count);
    db.sqlite.exec(`PRAGMA max_page_count = ${pages + 4}`);
    await expect(commits.once(insert(1_000_000))).rejects.toThrow();
    db.sqlite.exec('PRAGMA max_page_count = 1000000');
    await commits.once(insert(1_000_000));
    expect(count()).toBe(2);
  });
});
