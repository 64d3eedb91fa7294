import type {
  CommandLedger,
  CommandOutcome,
  Remembered,
  Reservation,
} from '@qingpu/domains-kernel/command-ledger';
import type { Collection, Db } from 'mongodb';
import { BatchedFinds } from './batched-finds.ts';
import { isDuplicateKey } from './mongo-connection.ts';

interface LedgerDocument {
  readonly _id: string;
  readonly bodyHmac: string;
  readonly outcome?: CommandOutcome;
  /** Milliseconds since 1970. */
  readonly reservedAt: number;
}

/** Command ids and their outcomes in MongoDB; the unique `_id` decides races. */
export class MongoCommandLedger implements CommandLedger {
  readonly #commands: Collection<LedgerDocument>;
  readonly #finds: BatchedFinds<LedgerDocument>;

  constructor(db: Db) {
    this.#commands = db.collection('commands');
    this.#finds = new BatchedFinds(this.#commands);
  }

  async prepare(): Promise<void> {
    await this.#commands.createIndex({ reservedAt: 1 });
  }

  async reserve(commandId: string, bodyHmac: string): Promise<Reservation> {
    try {
      await this.#commands.insertOne({ _id: commandId, bodyHmac, reservedAt: Date.now() });
      return { status: 'fresh' };
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
    const seen = await this.recall(commandId);
    if (!seen) throw new Error('a command reservation was purged while it was read');
    return { status: 'seen', ...seen };
  }

  async recall(commandId: string): Promise<Remembered | undefined> {
    const seen = await this.#finds.find(commandId);
    return seen ? { bodyHmac: seen.bodyHmac, ...(seen.outcome && { outcome: seen.outcome }) } : undefined;
  }

  async record(commandId: string, outcome: CommandOutcome): Promise<void> {
    await this.#commands.updateOne({ _id: commandId, outcome: { $exists: false } }, { $set: { outcome } });
  }

  /** Forgets commands reserved before `instant`; answers how many. Their events stay in the log. */
  async purgeBefore(instant: Date): Promise<number> {
    return (await this.#commands.deleteMany({ reservedAt: { $lt: instant.getTime() } })).deletedCount;
  }
}
