import { mkdtempSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEntry } from '../audit-entry.ts';

export function newAuditFolder(): string {
  return mkdtempSync(join(tmpdir(), 'qingpu-audit-'));
}

export function auditEntry(requestId: string, change: Partial<AuditEntry> = {}): AuditEntry {
  const actor = { kind: 'staff', id: 'staff-7', role: 'doctor' };
  return { requestId, actor, action: 'GET /api/persons/{id}', target: 'person/p1', outcome: 200, ...change };
}

/** The whole lines of an audit file and what follows the last of them. */
export async function readLines(folder: string, file: string): Promise<string[]> {
  return (await readFile(join(folder, file), 'utf8')).split('\n').slice(0, -1);
}

export async function writeLines(folder: string, file: string, lines: readonly string[]): Promise<void> {
  await writeFile(join(folder, file), lines.map((line) => `${line}\n`).join(''));
}
