import { type DataKeyRecord, type DataKeyStore, tombstoneOf } from '../data-keys.ts';

/** The data key store in memory; its contract test runs on it and on the real one. */
export class FakeDataKeyStore implements DataKeyStore {
  readonly #records = new Map<string, DataKeyRecord>();

  async find(subject: string): Promise<DataKeyRecord | undefined> {
    return this.#records.get(subject);
  }

  async insert(record: DataKeyRecord): Promise<DataKeyRecord> {
    const stored = this.#records.get(record.subject) ?? record;
    this.#records.set(record.subject, stored);
    return stored;
  }

  async destroy(subject: string, at: string): Promise<void> {
    this.#records.set(subject, tombstoneOf(subject, this.#records.get(subject), at));
  }
}
