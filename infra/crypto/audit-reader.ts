import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { auditKey, chainKey, isAuthentic, parseLine, type RequestRecord } from './audit-entry.ts';
import { auditFileNames, firstLine, MAXIMUM_LINE_BYTES } from './audit-folder.ts';
import type { CryptoProvider } from './provider.ts';

const LINE_BREAK = 0x0a;

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

  /** Whole lines from this byte on, a few megabytes at most. */
  async read(file: string, from: number): Promise<AuditReading> {
    const bytes = await this.#bytes(file, from);
    const end = bytes.lastIndexOf(LINE_BREAK) + 1;
    // What is longer than any line that the log writes holds nothing to wait for.
    if (end === 0)
      return { entries: [], next: bytes.length < MAXIMUM_LINE_BYTES ? from : from + bytes.length };
    const texts = bytes.toString('utf8', 0, end - 1).split('\n');
    return { entries: await this.#authentic(file, texts), next: from + end };
  }

  async #bytes(file: string, from: number): Promise<Buffer> {
    const handle = await open(join(this.#folder, file), 'r');
    try {
      const { size } = await handle.stat();
      const buffer = Buffer.alloc(Math.max(0, Math.min(size - from, MAXIMUM_LINE_BYTES)));
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
