import { isUtf8 } from 'node:buffer';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuditHead, type AuditLine, parseLine } from './audit-entry.ts';
import { hexOf } from './primitives.ts';

const AUDIT_FILE = /^audit-\d{8}T\d{9}Z-[0-9a-f]{16}\.jsonl$/;
const READ_BYTES = 65_536;
const LINE_BREAK = 0x0a;

/** Longer than any line the log writes; a longer one is not read into memory. */
export const MAXIMUM_LINE_BYTES = 4 * 1024 * 1024;

/** Name of a new audit file: UTC start time to the millisecond and a random id of the process run. */
export function newFileName(at: Date, randomId: Uint8Array): string {
  const time = at.toISOString().replaceAll(/[-:.]/g, '');
  return `audit-${time}-${hexOf(randomId)}.jsonl`;
}

/** Names of the audit files in the folder, in order of their start times. */
export async function auditFileNames(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => AUDIT_FILE.test(name)).sort();
}

/** A line without its break, and how it ends: with a break, with the file, or not within `MAXIMUM_LINE_BYTES`. */
export interface RawLine {
  readonly text: string;
  readonly end: 'break' | 'file' | 'too-long';
}

/** Every line of a file, in order, with bounded memory. */
export async function* linesOf(path: string): AsyncGenerator<RawLine> {
  const handle = await open(path, 'r');
  try {
    let rest: Buffer = Buffer.alloc(0);
    for await (const chunk of chunksOf(handle)) {
      const { lines, remainder } = splitLines(Buffer.concat([rest, chunk]));
      for (const text of lines) yield { text, end: 'break' };
      if (remainder.length > MAXIMUM_LINE_BYTES) return yield { text: '', end: 'too-long' };
      rest = remainder;
    }
    if (rest.length > 0) yield { text: textOf(rest), end: 'file' };
  } finally {
    await handle.close();
  }
}

async function* chunksOf(handle: FileHandle): AsyncGenerator<Buffer> {
  for (;;) {
    const { bytesRead, buffer } = await handle.read({ buffer: Buffer.alloc(READ_BYTES) });
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

function splitLines(bytes: Buffer): { lines: string[]; remainder: Buffer } {
  const lines: string[] = [];
  let start = 0;
  for (let end = bytes.indexOf(LINE_BREAK); end >= 0; end = bytes.indexOf(LINE_BREAK, start)) {
    lines.push(textOf(bytes.subarray(start, end)));
    start = end + 1;
  }
  return { lines, remainder: bytes.subarray(start) };
}

/** Empty for what is not UTF-8: the decoder would give the same text for different wrong bytes. */
function textOf(bytes: Buffer): string {
  return isUtf8(bytes) ? bytes.toString('utf8') : '';
}

/** The first line of a file when it is a whole and readable one. */
export async function firstLine(path: string): Promise<AuditLine | undefined> {
  for await (const { text, end } of linesOf(path)) return end === 'break' ? parseLine(text) : undefined;
  return undefined;
}

/**
 * The last readable entry of a file, made durable before it is answered: whoever builds on it must find it again
 * after a power failure.
 */
async function durableHead(folder: string, file: string): Promise<AuditHead> {
  const handle = await open(join(folder, file), 'r');
  try {
    const { size } = await handle.stat();
    const line = await lastLine(handle, size);
    await handle.datasync();
    return { file, seq: line?.record.seq ?? -1, mac: line?.mac ?? '' };
  } finally {
    await handle.close();
  }
}

/** Reads backwards in growing steps until a whole line is found. */
async function lastLine(handle: FileHandle, size: number): Promise<AuditLine | undefined> {
  if (size === 0) return undefined;
  for (let length = READ_BYTES; ; length *= 8) {
    const start = Math.max(0, size - length);
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(size - start), position: start });
    const { lines } = splitLines(buffer.subarray(0, bytesRead));
    // Unless reading began at the start of the file, the first piece is only the end of a line.
    const line = (start === 0 ? lines : lines.slice(1)).map(parseLine).findLast((read) => read !== undefined);
    if (line !== undefined || start === 0 || length > MAXIMUM_LINE_BYTES) return line;
  }
}

/**
 * Heads of the files that no other file continues: normally the one of the last run, several when processes share
 * the folder.
 * @param acknowledged the head of a file of this process as far as it was acknowledged, if there is one
 */
export async function openEnds(folder: string, acknowledged?: AuditHead): Promise<AuditHead[]> {
  const heads = new Map<string, AuditHead>();
  const continued: AuditHead[] = [];
  for (const file of await auditFileNames(folder)) {
    heads.set(file, file === acknowledged?.file ? acknowledged : await durableHead(folder, file));
    const opening = (await firstLine(join(folder, file)))?.record;
    if (opening?.kind === 'opened') continued.push(...opening.predecessors);
  }
  for (const { file, seq } of continued) if (heads.get(file)?.seq === seq) heads.delete(file);
  return [...heads.values()];
}
