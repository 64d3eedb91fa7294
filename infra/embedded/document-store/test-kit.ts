import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Collection, type Db, type Document, MongoClient, MongoServerError } from 'mongodb';
import { startEmbeddedDocumentStore } from './server.ts';

/** Set to run the client-facing tests against a real MongoDB server instead of the embedded one. */
export const REAL_URL = process.env.MONGODB_URL;

export interface TestStore {
  readonly client: MongoClient;
  readonly db: Db;
  /** A collection nobody used before. */
  fresh<T extends Document = Document>(): Collection<T>;
  stop(): Promise<void>;
}

/** A folder that is removed again. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'document-store-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A client of MONGODB_URL, or of an embedded store of its own. */
export async function openTestStore(): Promise<TestStore> {
  const folder = temporaryFolder();
  const embedded =
    REAL_URL === undefined ? await startEmbeddedDocumentStore({ folder: folder.path }) : undefined;
  const client = await MongoClient.connect(REAL_URL ?? embedded?.connectionString ?? '');
  const db = client.db(`test-${randomUUID().slice(0, 8)}`);
  let last = 0;
  return {
    client,
    db,
    fresh: <T extends Document>() => {
      last += 1;
      return db.collection<T>(`c${last}`);
    },
    stop: async () => {
      await db.dropDatabase();
      await client.close();
      await embedded?.stop();
      folder.remove();
    },
  };
}

/** The server error a promise must end with. */
export async function serverError(work: Promise<unknown>): Promise<MongoServerError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof MongoServerError) return error;
    throw error;
  }
  throw new Error('expected a server error');
}
