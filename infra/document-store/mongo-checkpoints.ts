import {
  type Checkpoint,
  type Checkpoints,
  LeaseLost,
  type Poison,
  type Progress,
} from '@qingpu/read-models-kernel/checkpoints';
import type { Collection, Db } from 'mongodb';
import { isDuplicateKey } from './mongo-connection.ts';

interface ConsumerDocument {
  readonly _id: string;
  readonly fence: number;
  readonly holder: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly position?: bigint;
  readonly asOf?: string;
  readonly events?: number;
  readonly poison?: Poison;
}

interface VersionDocument {
  readonly _id: string;
  readonly version: number;
}

/** Progress and leases in MongoDB, one document a consumer; every write names its fence. */
export class MongoCheckpoints implements Checkpoints {
  readonly #consumers: Collection<ConsumerDocument>;
  readonly #versions: Collection<VersionDocument>;

  constructor(db: Db) {
    this.#consumers = db.collection('consumers');
    this.#versions = db.collection('view_versions');
  }

  async acquire(consumer: string, holder: string, milliseconds: number): Promise<number | undefined> {
    const now = Date.now();
    try {
      const taken = await this.#consumers.findOneAndUpdate(
        { _id: consumer, expiresAt: { $lte: now } },
        { $set: { holder, expiresAt: now + milliseconds }, $inc: { fence: 1 } },
        { upsert: true, returnDocument: 'after' },
      );
      return taken?.fence;
    } catch (error) {
      // Somebody holds it: the upsert met the document that its filter passed over.
      if (isDuplicateKey(error)) return undefined;
      throw error;
    }
  }

  async renew(consumer: string, fence: number, milliseconds: number): Promise<void> {
    await this.#update(consumer, fence, { expiresAt: Date.now() + milliseconds });
  }

  async release(consumer: string, fence: number): Promise<void> {
    await this.#consumers.updateOne({ _id: consumer, fence }, { $set: { expiresAt: 0 } });
  }

  async load(consumer: string): Promise<Checkpoint> {
    const document = await this.#consumers.findOne({ _id: consumer });
    return {
      position: document?.position,
      asOf: document?.asOf,
      events: document?.events ?? 0,
      poison: document?.poison,
    };
  }

  async save(consumer: string, fence: number, { position, asOf, events }: Progress): Promise<void> {
    await this.#update(consumer, fence, { position, events, ...(asOf !== undefined && { asOf }) });
  }

  async stop(consumer: string, fence: number, poison: Poison): Promise<void> {
    await this.#update(consumer, fence, { poison });
  }

  async resume(consumer: string, skip: boolean): Promise<boolean> {
    const { poison } = await this.load(consumer);
    if (!poison) return false;
    const { matchedCount } = await this.#consumers.updateOne(
      { _id: consumer, 'poison.eventId': poison.eventId },
      { $unset: { poison: '' }, ...(skip && { $set: { position: poison.position } }) },
    );
    return matchedCount === 1;
  }

  async activeVersion(view: string): Promise<number | undefined> {
    return (await this.#versions.findOne({ _id: view }))?.version;
  }

  async activate(view: string, version: number): Promise<void> {
    try {
      const older = { _id: view, version: { $lt: version } };
      await this.#versions.updateOne(older, { $set: { version } }, { upsert: true });
    } catch (error) {
      // The upsert met a version that is as new or newer.
      if (!isDuplicateKey(error)) throw error;
    }
  }

  async #update(consumer: string, fence: number, set: Partial<ConsumerDocument>): Promise<void> {
    const { matchedCount } = await this.#consumers.updateOne({ _id: consumer, fence }, { $set: set });
    if (matchedCount !== 1) throw new LeaseLost(consumer);
  }
}
