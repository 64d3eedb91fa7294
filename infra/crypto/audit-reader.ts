import { open } from 'node:fs/promises';
import { join } from 'node:path';
import {
  auditKey,
  type ClaimedRequest,
  chainKey,
  claimedRequest,
  isAuthentic,
  parseLine,
  type RequestRecord,
} from './audit-entry.ts';
import { auditFileNames, firstLine, MAXIMUM_LINE_BYTES } from './audit-folder.ts';
import type { CryptoProvider } from './provider.ts';

const LINE_BREAK = 0x0a;
/** Several hundred lines: checking them keeps the thread for some milliseconds. */
const PART_BYTES = 128 * 1024;

export interface AuditReading {
  /** In the order in which they were written. */
  readonly entries: readonly RequestRecord[];
  /** Where to read on, in bytes; as before when there is nothing more yet. */
  readonly next: number;
}

/** Reads requests back from an audit folder, whichever runs wrote them; only what the MAC vouches for is answered. */
export class AuditReader {
  readonly #folder: string;
  readonly #provider: CryptoProvider;
  readonly #keys = new Map<string, Uint8Array>();

  constructor({ folder, provider }: { readonly folder: string; readonly provider: CryptoProvider }) {
    this.#folder = folder;
    this.#provider = provider;
  }

  /** Names of the files, the oldest first. */
  files(): Promise<string[]> {
    return auditFileNames(this.#folder);
  }

  /**
   * Whole lines from this byte on, some hundred at a time.
   * @param wanted by what a line claims; what is not wanted is not checked either
   */
  async read(
    file: string,
    from: number,
    wanted: (claimed: ClaimedRequest) => boolean = () => true,
  ): Promise<AuditReading> {
    for (const most of [PART_BYTES, MAXIMUM_LINE_BYTES]) {
      const bytes = await this.#bytes(file, from, most);
      const end = bytes.lastIndexOf(LINE_BREAK) + 1;
      if (end > 0) {
        const texts = bytes.toString('utf8', 0, end - 1).split('\n');
        const entries = await this.#authentic(
          file,
          texts.filter((text) => wanted(claimedRequest(text))),
        );
        return { entries, next: from + end };
      }
      // A line that is not whole yet.
      if (bytes.length < most) return { entries: [], next: from };
    }
    // What is longer than any line that the log writes holds nothing to wait for.
    return { entries: [], next: from + MAXIMUM_LINE_BYTES };
  }

  async #bytes(file: string, from: number, most: number): Promise<Buffer> {
    const handle = await open(join(this.#folder, file), 'r');
    try {
      const { size } = await handle.stat();
      const buffer = Buffer.alloc(Math.max(0, Math.min(size - from, most)));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, from);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  }

  async #authentic(file: string, texts: readonly string[]): Promise<RequestRecord[]> {
    const key = await this.#keyOf(file);
    if (!key) return [];
    return texts.flatMap((text) => {
      const line = parseLine(text);
      return line?.record.kind === 'request' && isAuthentic(this.#provider, key, line) ? [line.record] : [];
    });
  }

  /** Undefined for a file under a master key that is not known here. */
  async #keyOf(file: string): Promise<Uint8Array | undefined> {
    const known = this.#keys.get(file);
    if (known) return known;
    const opening = (await firstLine(join(this.#folder, file)))?.record;
    if (opening?.kind !== 'opened' || !this.#provider.masterKeys.all.includes(opening.masterKeyId)) return;
    const key = chainKey(this.#provider, await auditKey(this.#provider, opening.masterKeyId), file);
    this.#keys.set(file, key);
    return key;
  }
}
