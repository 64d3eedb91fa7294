import { type Db, MongoBulkWriteError, MongoClient, MongoServerError } from 'mongodb';

export type { Db } from 'mongodb';

const DUPLICATE_KEY = 11_000;

/**
 * Opens the document store with the guarantees that every adapter here counts on: writes are on disk when answered,
 * int64 stays exact (bigint), and no call waits without bound.
 */
export async function connectMongo(
  url: string,
  database: string,
): Promise<{ readonly client: MongoClient; readonly db: Db }> {
  const client = new MongoClient(url, {
    appName: 'qingpu-health',
    useBigInt64: true,
    maxPoolSize: 20,
    waitQueueTimeoutMS: 5_000,
    serverSelectionTimeoutMS: 5_000,
    connectTimeoutMS: 5_000,
    socketTimeoutMS: 20_000,
    readConcern: { level: 'majority' },
    writeConcern: { w: 'majority', journal: true },
  });
  await client.connect();
  return { client, db: client.db(database) };
}

/** Whether a single write failed only because the key is already there. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY;
}

/** Whether everything that failed in a bulk write failed only because the key is already there. */
export function isOnlyDuplicateKeys(error: unknown): boolean {
  if (!(error instanceof MongoBulkWriteError)) return false;
  const failures = Array.isArray(error.writeErrors) ? error.writeErrors : [error.writeErrors];
  return failures.length > 0 && failures.every((failure) => failure.code === DUPLICATE_KEY);
}
