import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, shanghaiTimestamp, systemClock } from '@qingpu/domains-kernel/clock';
import {
  type AuditEntry,
  type AuditHead,
  type AuditRecord,
  auditKey,
  type ChainLink,
  chainKey,
  checkedEntry,
  lineOf,
} from './audit-entry.ts';
import { newFileName, openEnds } from './audit-folder.ts';
import { utf8 } from './primitives.ts';
import type { CryptoProvider } from './provider.ts';

export type { AuditActor, AuditEntry, AuditHead } from './audit-entry.ts';

/** The entry is not on disk: the queue is full, the disk refuses or the log is closed. Refuse the request. */
export class AuditUnavailable extends Error {
  override readonly name = 'AuditUnavailable';
}

/** A head, written hourly where nobody who can reach the audit folder can reach it. */
export interface AuditAnchor extends AuditHead {
  /** When it was taken, ISO 8601 with offset. */
  readonly at: string;
}

/** Where anchors are kept: another machine, or a medium that is written once. */
export interface AuditAnchorStore {
  put(anchor: AuditAnchor): Promise<void>;
  list(): Promise<readonly AuditAnchor[]>;
}

/** An open file that only grows. */
export interface AppendOnlyFile {
  append(bytes: Uint8Array): Promise<void>;
  /** Resolves when what was appended would survive a power failure. */
  makeDurable(): Promise<void>;
  close(): Promise<void>;
}

export interface AuditLogOptions {
  /** Created with mode 0700 when it is missing. */
  readonly folder: string;
  readonly provider: CryptoProvider;
  readonly clock?: Clock;
  /** Entries that may wait for the disk; 10,000 unless told. */
  readonly maximumWaiting?: number;
  /** How files are created; with mode 0600 on the local disk unless told. */
  readonly createFile?: (path: string) => Promise<AppendOnlyFile>;
}

type WithoutLink<Entry> = Entry extends AuditRecord ? Omit<Entry, keyof ChainLink> : never;
/** An entry that has no place in the chain yet; it gets one when it is written. */
type Content = WithoutLink<AuditRecord>;

interface Waiting {
  readonly content: Content;
  readonly resolve: () => void;
  readonly reject: (error: AuditUnavailable) => void;
}

interface OpenFile {
  readonly file: AppendOnlyFile;
  /** The key of this file's chain. */
  readonly key: Uint8Array;
  head: AuditHead;
}

/** Bounds how long one batch keeps the thread and how much one failed write refuses. */
const MAXIMUM_BATCH = 1_000;

/**
 * The audit log of one process run: an append-only JSONL file whose entries are chained by HMAC-SM3.
 *
 * An entry is acknowledged when it was written and synchronised; entries that arrive meanwhile share the next write.
 * After a failed write or synchronisation the state of the file on disk is unknown, so the log never writes to it
 * again: what waited is refused and the next entry opens a new file that continues from the last acknowledged entry.
 */
export class AuditLog {
  readonly #options: AuditLogOptions;
  readonly #maximumWaiting: number;
  readonly #key: Uint8Array;
  readonly #waiting: Waiting[] = [];
  #file: OpenFile | undefined;
  #head: AuditHead;
  #writing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  private constructor(options: AuditLogOptions, key: Uint8Array, file: OpenFile) {
    this.#options = options;
    this.#maximumWaiting = options.maximumWaiting ?? 10_000;
    this.#key = key;
    this.#file = file;
    this.#head = file.head;
  }

  /**
   * Starts a new file whose first entry names the heads of the files before it.
   * @throws AuditUnavailable when the disk refuses
   */
  static async open(options: AuditLogOptions): Promise<AuditLog> {
    const key = await auditKey(options.provider, options.provider.masterKeys.current);
    try {
      await mkdir(options.folder, { recursive: true, mode: 0o700 });
      return new AuditLog(options, key, await startFile(options, key));
    } catch (error) {
      throw unavailable('the audit file could not be started', error);
    }
  }

  /**
   * Resolves when the entry is durable.
   * @throws AuditUnavailable when the queue is full, the disk refuses or the log is closed
   * @throws RangeError when a field is out of bounds
   */
  async append(entry: AuditEntry): Promise<void> {
    const content = { kind: 'request' as const, ...checkedEntry(entry) };
    if (this.#closing) throw new AuditUnavailable('the audit log is closed');
    if (this.#waiting.length >= this.#maximumWaiting) throw new AuditUnavailable('the audit queue is full');
    return this.#enqueue(content);
  }

  /** The last acknowledged entry. */
  head(): AuditHead {
    return this.#head;
  }

  /**
   * Waits for what was appended, writes a closing entry and closes the file. Anchor `head()` once more afterwards.
   * @throws AuditUnavailable when the disk refuses the closing entry; the log is closed nevertheless
   */
  close(): Promise<void> {
    this.#closing ??= this.#finish();
    return this.#closing;
  }

  async #finish(): Promise<void> {
    await this.#enqueue({ kind: 'closed' });
    await this.#writing;
    await this.#file?.file.close();
    this.#file = undefined;
  }

  #enqueue(content: Content): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ content, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  async #writeAll(): Promise<void> {
    // One turn later, so that everything that arrives in this turn goes into the first write.
    await undefined;
    while (this.#waiting.length > 0) await this.#writeBatch(this.#waiting.splice(0, MAXIMUM_BATCH));
    // In the same turn as the last look at the queue, or an entry could arrive that nobody writes.
    this.#writing = undefined;
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const contents = batch.map(({ content }) => content);
      const file = await this.#currentFile();
      await appendChained(this.#options, file, contents);
      this.#head = file.head;
      for (const { resolve } of batch) resolve();
    } catch (error) {
      await this.#abandonFile();
      const refusal = unavailable('the audit entry could not be made durable', error);
      for (const { reject } of batch) reject(refusal);
    }
  }

  async #currentFile(): Promise<OpenFile> {
    this.#file ??= await startFile(this.#options, this.#key, this.#head);
    return this.#file;
  }

  async #abandonFile(): Promise<void> {
    const broken = this.#file;
    this.#file = undefined;
    if (broken !== undefined) await closeWhateverHappens(broken.file);
  }
}

async function startFile(
  options: AuditLogOptions,
  key: Uint8Array,
  acknowledged?: AuditHead,
): Promise<OpenFile> {
  const { folder, provider, clock = systemClock, createFile = createAppendOnlyFile } = options;
  const name = newFileName(clock.now(), provider.randomBytes(8));
  const predecessors = await openEnds(folder, acknowledged);
  const path = join(folder, name);
  const file = await createFile(path);
  const head = { file: name, seq: -1, mac: '' };
  const opened: OpenFile = { file, key: chainKey(provider, key, name), head };
  const { current: masterKeyId } = provider.masterKeys;
  const opening: Content = { kind: 'opened', file: name, masterKeyId, predecessors };
  try {
    await appendChained(options, opened, [opening]);
    await makeNamesDurable(folder);
    return opened;
  } catch (error) {
    // Nothing in it was acknowledged; a full disk should not fill with empty files as well.
    await closeWhateverHappens(file);
    await rm(path, { force: true });
    throw error;
  }
}

/** Chains, writes and synchronises the contents, then moves the file's head. */
async function appendChained(
  { provider, clock = systemClock }: AuditLogOptions,
  open: OpenFile,
  contents: readonly Content[],
): Promise<void> {
  const at = shanghaiTimestamp(clock.now());
  let { seq, mac } = open.head;
  let text = '';
  for (const content of contents) {
    seq += 1;
    const line = lineOf(provider, open.key, { ...content, seq, at, previous: mac });
    mac = line.mac;
    text += `${line.text}\n`;
  }
  await open.file.append(utf8(text));
  await open.file.makeDurable();
  open.head = { file: open.head.file, seq, mac };
}

async function createAppendOnlyFile(path: string): Promise<AppendOnlyFile> {
  const handle = await open(path, 'ax', 0o600);
  return {
    append: (bytes) => handle.appendFile(bytes),
    makeDurable: () => handle.datasync(),
    close: () => handle.close(),
  };
}

/** A new file survives a power failure only when its folder was synchronised too. */
async function makeNamesDurable(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync().finally(() => handle.close());
}

/** The file is given up; that its disk also fails to close it changes nothing. */
function closeWhateverHappens(file: AppendOnlyFile): Promise<void> {
  return file.close().catch(() => undefined);
}

/** Carries the system's code (ENOSPC, EIO, …) and not its message, which shows paths. */
function unavailable(what: string, cause: unknown): AuditUnavailable {
  const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
  return new AuditUnavailable(`${what}${code}`);
}
