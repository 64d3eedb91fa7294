import { closeSync, constants, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/**
 * A small file that says up to which position appends were acknowledged. SQLite takes a write-ahead log with a
 * broken page for one that ends there; with the watermark such a loss is noticed when the folder is opened. It is
 * written after each commit without a sync: it may lag behind the log after a power cut, it is never ahead of it.
 */
export class Watermark {
  readonly #descriptor: number;
  #position = 0;
  #working = true;

  constructor(folder: string, position: number) {
    this.#descriptor = openSync(watermarkFile(folder), constants.O_RDWR | constants.O_CREAT, 0o600);
    this.advance(position);
    fsyncSync(this.#descriptor);
  }

  /** Notes that everything up to `position` is durable. A disk that refuses the note only weakens the check. */
  advance(position: number): void {
    if (!this.#working || position <= this.#position) return;
    this.#position = position;
    const digits = String(position).padStart(16, '0');
    try {
      writeSync(this.#descriptor, `${digits} ${String(crc32(digits)).padStart(10, '0')}\n`, 0);
    } catch {
      this.#working = false;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}

export const watermarkFile = (folder: string): string => join(folder, 'acknowledged');

/** The position that the watermark of a folder names; 0 when there is none or it was half written. */
export function readWatermark(folder: string): number {
  let text: string;
  try {
    text = readFileSync(watermarkFile(folder), 'utf8');
  } catch {
    return 0;
  }
  const [, digits = '', checksum] = /^(\d{16}) (\d{10})\n$/.exec(text) ?? [];
  return Number(checksum) === crc32(digits) ? Number(digits) : 0;
}
