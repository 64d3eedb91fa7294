/** One person's data key, wrapped, or the tombstone that is left of it. */
export interface DataKeyRecord {
  /** Opaque id of the person, as in `Sealed.subject`. */
  readonly subject: string;
  /** Id of this data key; `NO_KEY` in the tombstone of a subject that never had one. */
  readonly keyId: string;
  /** base64; null after destruction. */
  readonly wrappedKey: string | null;
  /** Which master key wrapped it; `NO_KEY` in the tombstone of a subject that never had a data key. */
  readonly masterKeyId: string;
  /** ISO 8601 with offset. */
  readonly createdAt: string;
  /** ISO 8601 with offset; null while the key lives. */
  readonly destroyedAt: string | null;
}

export const NO_KEY = 'none';

/**
 * Where wrapped data keys are kept: apart from the events, in a store whose backups are short-lived, because a key
 * in an old backup undoes an erasure. Answers are durable and linearisable per subject.
 */
export interface DataKeyStore {
  find(subject: string): Promise<DataKeyRecord | undefined>;
  /** Stores the record unless the subject has one or a tombstone; answers what is stored now, in a race the winner. */
  insert(record: DataKeyRecord): Promise<DataKeyRecord>;
  /**
   * Replaces the wrapped key by a tombstone that stays for ever, also when there was no key yet. Repeating it
   * changes nothing.
   * @param at ISO 8601 with offset
   */
  destroy(subject: string, at: string): Promise<void>;
}

/** The tombstone that `destroy` leaves: of the living record, or of a subject that had none. */
export function tombstoneOf(subject: string, record: DataKeyRecord | undefined, at: string): DataKeyRecord {
  if (record?.destroyedAt) return record;
  const former = record ?? { subject, keyId: NO_KEY, masterKeyId: NO_KEY, createdAt: at };
  return { ...former, wrappedKey: null, destroyedAt: at };
}
