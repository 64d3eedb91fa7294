import { join } from 'node:path';
import {
  type AuditHead,
  type AuditLine,
  type AuditRecord,
  auditKey,
  chainKey,
  isAuthentic,
  type OpeningRecord,
  parseLine,
} from './audit-entry.ts';
import { auditFileNames, firstLine, linesOf, type RawLine } from './audit-folder.ts';
import type { AuditAnchor } from './audit-log.ts';
import type { CryptoProvider } from './provider.ts';

/**
 * - `changed`: the line is not one that the log wrote, or does not follow the one before it
 * - `removed`: entries are missing inside the file
 * - `reordered`: the entry stands behind a later one; `repeated`: it stands in the file twice
 * - `truncated`: an anchor or a later file knows more entries than the file has
 * - `missing-file`: an anchor or a later file names a file that is not there; `empty-folder`: there is no file at all
 * - `renamed`: the file was written under another name
 * - `unknown-key`: the file names a master key that is not among those given
 */
export type AuditFindingKind =
  | 'changed'
  | 'removed'
  | 'reordered'
  | 'repeated'
  | 'truncated'
  | 'missing-file'
  | 'empty-folder'
  | 'renamed'
  | 'unknown-key';

export interface AuditFinding {
  readonly kind: AuditFindingKind;
  /** Name of the file; empty for `empty-folder`. */
  readonly file: string;
  /** The first entry concerned; null when the finding is about the whole file. */
  readonly seq: number | null;
  /** How many entries in a row are concerned; of a truncated file it is not known how many are gone, so 1. */
  readonly entries: number;
}

export interface AuditFileReport {
  readonly file: string;
  /** Authentic entries, opening and closing entry included. */
  readonly entries: number;
  /** Whether it ends with a closing entry. A killed process leaves none, so its absence is no finding. */
  readonly closed: boolean;
  /**
   * Whether the file ends inside a line. That is how a killed process may leave it: the entry was not acknowledged,
   * because acknowledgement comes after the whole line is durable. An acknowledged one is missed by the next anchor.
   */
  readonly torn: boolean;
}

export interface AuditReport {
  readonly files: readonly AuditFileReport[];
  readonly anchors: number;
  /** Empty when the log is what was written. */
  readonly findings: readonly AuditFinding[];
}

export interface AuditVerification {
  readonly folder: string;
  /** Holds every generation of the master key under which files were written. */
  readonly provider: CryptoProvider;
  /**
   * Without anchors nobody can tell whether the end of the newest file was cut off, or the newest files removed.
   */
  readonly anchors?: readonly AuditAnchor[];
}

/** What a file must contain, by entry number, as anchors and later files say. */
type RequiredMacs = Map<number, Set<string>>;

/** Reads every audit file of the folder and compares it with its chain, the files after it and the anchors. */
export async function verifyAuditLog(verification: AuditVerification): Promise<AuditReport> {
  const { folder, provider, anchors = [] } = verification;
  const keys = await chainKeys(provider);
  const names = await auditFileNames(folder);
  const required = requirementsOf([...anchors, ...(await predecessorsOf(folder, names, provider, keys))]);
  const files: AuditFileReport[] = [];
  const findings = missingFiles(names, required);
  for (const file of names) {
    const check = new FileCheck(file, provider, keys, required.get(file) ?? new Map());
    for await (const line of linesOf(join(folder, file))) check.read(line);
    files.push(check.finish());
    findings.push(...check.findings);
  }
  return { files, anchors: anchors.length, findings };
}

async function chainKeys(provider: CryptoProvider): Promise<ReadonlyMap<string, Uint8Array>> {
  const keys = new Map<string, Uint8Array>();
  for (const id of provider.masterKeys.all) keys.set(id, await auditKey(provider, id));
  return keys;
}

/** What authentic opening entries say about the files before them. */
async function predecessorsOf(
  folder: string,
  names: readonly string[],
  provider: CryptoProvider,
  keys: ReadonlyMap<string, Uint8Array>,
): Promise<AuditHead[]> {
  const heads: AuditHead[] = [];
  for (const name of names) {
    const line = await firstLine(join(folder, name));
    if (line?.record.kind !== 'opened') continue;
    const key = keys.get(line.record.masterKeyId);
    const fileKey = key && chainKey(provider, key, line.record.file);
    if (fileKey && isAuthentic(provider, fileKey, line)) heads.push(...line.record.predecessors);
  }
  return heads;
}

function requirementsOf(heads: readonly AuditHead[]): Map<string, RequiredMacs> {
  const required = new Map<string, RequiredMacs>();
  for (const { file, seq, mac } of heads) {
    const macs: RequiredMacs = required.get(file) ?? new Map();
    required.set(file, macs);
    // -1: the file had no entry yet; it has to be there, whatever is in it.
    if (seq >= 0) macs.set(seq, (macs.get(seq) ?? new Set()).add(mac));
  }
  return required;
}

function missingFiles(names: readonly string[], required: ReadonlyMap<string, RequiredMacs>): AuditFinding[] {
  const present = new Set(names);
  const missing = [...required.keys()].filter((file) => !present.has(file));
  const findings = missing.map((file) => wholeFile('missing-file', file));
  return names.length > 0 ? findings : [wholeFile('empty-folder', ''), ...findings];
}

function wholeFile(kind: AuditFindingKind, file: string): AuditFinding {
  return { kind, file, seq: null, entries: 0 };
}

/** Follows one file's chain. Every line's MAC vouches for its content; seq and previous MAC for its place. */
class FileCheck {
  readonly findings: AuditFinding[] = [];
  readonly #file: string;
  readonly #provider: CryptoProvider;
  readonly #keys: ReadonlyMap<string, Uint8Array>;
  readonly #required: RequiredMacs;
  /** Keys of every generation for this file; once its opening entry was read, the one key that it was written with. */
  #candidates: readonly Uint8Array[];
  /** Number of the entry that should come next, if all unreadable lines since the last good one were inserted. */
  #expected = 0;
  /** Unreadable lines since the last good one; each may stand in an entry's place. */
  #unreadable = 0;
  #lastMac = '';
  readonly #removed = new Set<number>();
  #entries = 0;
  #closed = false;
  #torn = false;

  constructor(
    file: string,
    provider: CryptoProvider,
    keys: ReadonlyMap<string, Uint8Array>,
    required: RequiredMacs,
  ) {
    this.#file = file;
    this.#provider = provider;
    this.#keys = keys;
    this.#required = required;
    this.#candidates = [...keys.values()].map((key) => chainKey(provider, key, file));
  }

  read({ text, end }: RawLine): void {
    const line = end === 'break' ? parseLine(text) : undefined;
    if (end === 'file' && !this.#closed) this.#torn = true;
    else if (line === undefined) this.#refuse();
    else this.#readEntry(line);
  }

  finish(): AuditFileReport {
    for (const seq of [...this.#removed].sort((left, right) => left - right)) this.#report('removed', seq);
    const cutOff = [...this.#required.keys()].some((seq) => seq >= this.#expected + this.#unreadable);
    if (cutOff) this.#report('truncated', this.#expected + this.#unreadable);
    return { file: this.#file, entries: this.#entries, closed: this.#closed, torn: this.#torn };
  }

  #readEntry(line: AuditLine): void {
    // Behind the closing entry nothing can be in its place.
    if (this.#closed || !this.#isAuthentic(line)) {
      this.#refuse();
      return;
    }
    this.#entries += 1;
    this.#checkContent(line.record, line.mac);
    if (line.record.seq < this.#expected) this.#comesLate(line.record.seq);
    else this.#comesNext(line);
  }

  #isAuthentic(line: AuditLine): boolean {
    const { record } = line;
    const candidates = record.kind === 'opened' ? this.#keysOf(record) : this.#candidates;
    const key = candidates.find((candidate) => isAuthentic(this.#provider, candidate, line));
    if (key !== undefined) this.#candidates = [key];
    return key !== undefined;
  }

  /** The key under the name that the file had when it was written: renaming is one finding, not one per line. */
  #keysOf({ file, masterKeyId }: OpeningRecord): readonly Uint8Array[] {
    const key = this.#keys.get(masterKeyId);
    if (key === undefined) this.findings.push(wholeFile('unknown-key', this.#file));
    return key === undefined ? [] : [chainKey(this.#provider, key, file)];
  }

  #checkContent(record: AuditRecord, mac: string): void {
    const macs = this.#required.get(record.seq);
    if (macs !== undefined && !(macs.size === 1 && macs.has(mac))) this.#report('changed', record.seq);
    if (record.kind === 'opened' && record.file !== this.#file)
      this.findings.push(wholeFile('renamed', this.#file));
    if (record.kind === 'closed') this.#closed = true;
  }

  #comesLate(seq: number): void {
    this.#report(this.#removed.delete(seq) ? 'reordered' : 'repeated', seq);
  }

  #comesNext({ record, mac }: AuditLine): void {
    const { seq, previous } = record;
    for (let gap = this.#expected + this.#unreadable; gap < seq; gap += 1) this.#removed.add(gap);
    const follows = this.#unreadable > 0 || seq !== this.#expected || previous === this.#lastMac;
    if (!follows) this.#report('changed', seq);
    this.#expected = seq + 1;
    this.#unreadable = 0;
    this.#lastMac = mac;
  }

  #refuse(): void {
    this.#report('changed', this.#expected + this.#unreadable);
    this.#unreadable += 1;
  }

  /** What happened to entries in a row is one finding. */
  #report(kind: AuditFindingKind, seq: number): void {
    const last = this.findings.at(-1);
    if (last?.kind === kind && last.seq !== null && last.seq + last.entries === seq)
      this.findings[this.findings.length - 1] = { ...last, entries: last.entries + 1 };
    else this.findings.push({ kind, file: this.#file, seq, entries: 1 });
  }
}
