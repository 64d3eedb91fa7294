import type { ClaimedRequest, RequestRecord } from '@qingpu/crypto/audit-entry';
import type { AuditReader } from '@qingpu/crypto/audit-reader';
import { type PageRequest, windowOf } from '@qingpu/read-models-kernel/paging';
import type { ViewDocument, ViewStore, ViewWrite } from '@qingpu/read-models-kernel/view-store';

/** Somebody read, or was sent, what the platform has of a person. */
export interface Access extends ViewDocument {
  readonly personId: string;
  /** ISO 8601 with offset. */
  readonly at: string;
  readonly actorKind: string;
  readonly actorId: string;
  readonly role: string;
  readonly institutionCode: string | null;
  /** As the audit log names it. */
  readonly action: string;
  readonly purpose: string | null;
}

interface Progress extends ViewDocument {
  readonly offset: number;
}

const ACCESSES = 'access_log_v1_entries';
const PROGRESS = 'access_log_v1_progress';
/** Files of the audit log whose progress is remembered; an older one would only be read again. */
const MOST_FILES = 10_000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Whose looks people are told of: not their own, nor those of others in the family. */
const TOLD: ReadonlySet<unknown> = new Set(['staff', 'partner', 'channel', 'system']);

/**
 * Who looked at whose record (谁看过我的记录), found by person. It is copied from the audit log's own files, which were on
 * disk before any answer left, and can be copied again from them. Every process copies what stands in its folder.
 */
export class AccessLog {
  readonly #reader: AuditReader;
  readonly #store: ViewStore;
  #offsets: Map<string, number> | undefined;
  #copying: Promise<void> | undefined;

  constructor(reader: AuditReader, store: ViewStore) {
    this.#reader = reader;
    this.#store = store;
  }

  /** Copies what was written since; one copying at a time. */
  catchUp(): Promise<void> {
    this.#copying ??= this.#copyAll().finally(() => {
      this.#copying = undefined;
    });
    return this.#copying;
  }

  /** Waits for a copying that is under way. */
  async settled(): Promise<void> {
    await this.#copying?.catch(() => undefined);
  }

  /** Of one person, the newest first. */
  async of(
    personId: string,
    request: PageRequest,
  ): Promise<{ readonly items: readonly Access[]; readonly total: number }> {
    const { skip, size } = windowOf(request);
    const filter = { personId };
    const [items, total] = await Promise.all([
      this.#store.find<Access>(ACCESSES, { filter, sort: { at: -1 }, skip, limit: size }),
      this.#store.count(ACCESSES, filter),
    ]);
    return { items, total };
  }

  async #copyAll(): Promise<void> {
    const offsets = await this.#begin();
    for (const file of await this.#reader.files()) await this.#copyFile(file, offsets);
  }

  async #begin(): Promise<Map<string, number>> {
    if (this.#offsets) return this.#offsets;
    await this.#store.createCollection(ACCESSES, [{ keys: { personId: 1, at: -1 } }]);
    const known = await this.#store.find<Progress>(PROGRESS, {
      filter: {},
      sort: { _id: -1 },
      limit: MOST_FILES,
    });
    this.#offsets = new Map(known.map(({ _id, offset }) => [_id, offset]));
    return this.#offsets;
  }

  async #copyFile(file: string, offsets: Map<string, number>): Promise<void> {
    for (;;) {
      const offset = offsets.get(file) ?? 0;
      const { entries, next } = await this.#reader.read(file, offset, isTold);
      if (next === offset) return;
      const writes = entries.flatMap(writesOf);
      if (writes.length > 0) await this.#store.write(writes);
      // Behind the entries: after a kill in between they are written again, which changes nothing.
      const progress = { collection: PROGRESS, id: file, guard: BigInt(next), set: { offset: next } };
      await this.#store.write([progress]);
      offsets.set(file, next);
    }
  }
}

function isTold({ actorKind, outcome }: ClaimedRequest): boolean {
  return TOLD.has(actorKind) && Number(outcome) < 300;
}

/** One for each person whom it names: a request that says so twice looked once. */
function writesOf({ seq, at, requestId, actor, action, target, purpose }: RequestRecord): ViewWrite[] {
  const persons = new Set(target.split('/').filter((part) => UUID.test(part)));
  return [...persons].map((personId) => ({
    collection: ACCESSES,
    id: `${requestId} ${personId}`,
    guard: BigInt(seq),
    set: {
      personId,
      at,
      actorKind: actor.kind,
      actorId: actor.id,
      role: actor.role,
      institutionCode: actor.institutionCode ?? null,
      action,
      purpose: purpose ?? null,
    },
  }));
}
