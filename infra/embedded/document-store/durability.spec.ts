import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { MongoClient } from 'mongodb';
import { afterEach, describe, expect, test } from 'vitest';
import { startEmbeddedDocumentStore } from './server.ts';
import { openDatabase } from './storage/database.ts';
import { GroupCommit } from './storage/group-commit.ts';
import { temporaryFolder } from './test-kit.ts';

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

/** Writes from several clients until enough is acknowledged, kills the server and answers what was acknowledged. */
async function writeAndKill(path: string, round: number, acknowledged: Map<string, number>): Promise<void> {
  const { child, url } = await startProcess(path);
  const client = await MongoClient.connect(url, { serverSelectionTimeoutMS: 2000 });
  const collection = client.db('d').collection<{ _id: string; n: number }>('c');
  await collection.createIndex({ n: 1 });
  let answers = 0;
  const writer = async (name: number): Promise<void> => {
    for (let n = 1; ; n += 1) {
      const ids = [`${round}-${name}-${n}`, `shared-${name}`];
      await collection.bulkWrite(
        ids.map((_id) => ({
          updateOne: { filter: { _id }, update: { $set: { n: round * 100_000 + n } }, upsert: true },
        })),
      );
      for (const id of ids) acknowledged.set(id, round * 100_000 + n);
      answers += 1;
      if (answers === 100 + round * 37) child.kill('SIGKILL');
    }
  };
  await Promise.allSettled([1, 2, 3, 4].map(writer));
  await client.close();
}

describe('kill -9', () => {
  test('loses nothing that was acknowledged, and indexes agree with documents', async () => {
    const path = folder();
    const acknowledged = new Map<string, number>();
    for (let round = 1; round <= 5; round += 1) {
      await writeAndKill(path, round, acknowledged);
      const store = await startEmbeddedDocumentStore({ folder: path });
      const client = await MongoClient.connect(store.connectionString);
      const collection = client.db('d').collection<{ _id: string; n: number }>('c');
      const found = new Map((await collection.find().toArray()).map(({ _id, n }) => [_id, n]));
      const lost = [...acknowledged].filter(([id, n]) => (found.get(id) ?? -1) < n);
      expect(lost).toEqual([]);
      expect(await collection.find({ n: { $gte: 0 } }).toArray()).toHaveLength(found.size);
      await client.close();
      await store.stop();
    }
    expect(acknowledged.size).toBeGreaterThan(500);
  }, 120_000);
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
