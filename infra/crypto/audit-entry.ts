import { canonicalJson } from './canonical-json.ts';
import { base64Of, bytesOfBase64, equalInConstantTime, utf8 } from './primitives.ts';
import type { CryptoProvider, SymmetricCrypto } from './provider.ts';

/** Who asked. Opaque ids only: the audit log is kept longer than personal data may be. */
export interface AuditActor {
  /** Such as `staff`, `resident`, `partner`, `system`, `anonymous`. */
  readonly kind: string;
  readonly id: string;
  readonly role: string;
  /** Where staff and hospitals' systems belong to; left out for everybody else. */
  readonly institutionCode?: string;
}

/** What is recorded of one request. Texts have 1 to 200 printable ASCII characters, save `purpose`. */
export interface AuditEntry {
  readonly requestId: string;
  readonly actor: AuditActor;
  /** What was done, such as `POST /api/slots/{id}/bookings`: the route, never the address with its query. */
  readonly action: string;
  /** What it was done to, opaque ids only, such as `person/5f0c…`; `-` when there is nothing to name. */
  readonly target: string;
  /** Why personal data was unmasked: a code or a stated reason, 1 to 200 characters, no control characters. */
  readonly purpose?: string;
  /** HTTP status of the answer, 100 to 599. */
  readonly outcome: number;
}

/** The last entry of an audit file that is known to be durable. */
export interface AuditHead {
  /** Name of the file inside the audit folder. */
  readonly file: string;
  /** Number of the entry in its file, from 0; -1 for a file that has no whole entry. */
  readonly seq: number;
  /** base64; empty for a file that has no whole entry. */
  readonly mac: string;
}

/** An entry's place in its file. */
export interface ChainLink {
  readonly seq: number;
  /** ISO 8601 with offset. */
  readonly at: string;
  /** MAC of the entry before; empty in the first entry of a file. */
  readonly previous: string;
}

/** First entry of a file. */
export interface OpeningRecord extends ChainLink {
  readonly kind: 'opened';
  /** The file's own name, so that files cannot be exchanged by renaming. */
  readonly file: string;
  /** Master key from which the chain's key is derived. */
  readonly masterKeyId: string;
  /** Heads of the files before this one that no other file continues. */
  readonly predecessors: readonly AuditHead[];
}

export interface RequestRecord extends ChainLink, AuditEntry {
  readonly kind: 'request';
}

/** Last entry of a file that was closed in an orderly way. */
export interface ClosingRecord extends ChainLink {
  readonly kind: 'closed';
}

export type AuditRecord = OpeningRecord | RequestRecord | ClosingRecord;

/** A line of an audit file, read but not yet verified. */
export interface AuditLine {
  readonly record: AuditRecord;
  /** base64 of HMAC-SM3 over the record's canonical JSON, which contains the MAC of the entry before. */
  readonly mac: string;
}

const PRINTABLE = /^[\x20-\x7e]{1,200}$/;
const PURPOSE = /^\P{Cc}{1,200}$/u;
const KINDS: ReadonlySet<unknown> = new Set(['opened', 'request', 'closed']);

/** The audit log's key under one generation of the master key. */
export function auditKey(provider: CryptoProvider, masterKeyId: string): Promise<Uint8Array> {
  return provider.deriveKey(masterKeyId, 'audit-log');
}

/** Each file has its own key, so that an entry of one file is worth nothing in another. */
export function chainKey(crypto: SymmetricCrypto, key: Uint8Array, file: string): Uint8Array {
  return crypto.hmacSm3(key, utf8(file));
}

/**
 * The entry with the known fields only.
 * @throws RangeError naming the field that is out of bounds, never its value
 */
export function checkedEntry(entry: AuditEntry): AuditEntry {
  const { requestId, action, target, purpose, outcome } = entry;
  const { kind, id, role, institutionCode = null } = entry.actor;
  const place = institutionCode === null ? {} : { institutionCode };
  for (const [field, text] of Object.entries({ requestId, kind, id, role, ...place, action, target }))
    if (!PRINTABLE.test(text)) throw new RangeError(`audit field ${field} is out of bounds`);
  if (purpose !== undefined && !PURPOSE.test(purpose))
    throw new RangeError('audit field purpose is out of bounds');
  if (!Number.isInteger(outcome) || outcome < 100 || outcome > 599)
    throw new RangeError('audit field outcome is out of bounds');
  const checked = { requestId, actor: { kind, id, role, ...place }, action, target, outcome };
  return purpose === undefined ? checked : { ...checked, purpose };
}

export function lineOf(
  crypto: SymmetricCrypto,
  key: Uint8Array,
  record: AuditRecord,
): { text: string; mac: string } {
  const mac = base64Of(crypto.hmacSm3(key, utf8(canonicalJson(record))));
  return { text: canonicalJson({ ...record, mac }), mac };
}

/**
 * Reads a line; undefined when it is not exactly what `lineOf` writes. That covers changes which mean the same in
 * JSON, such as white space, repeated fields or another escape.
 */
export function parseLine(text: string): AuditLine | undefined {
  const value = parseJson(text);
  if (!isLine(value) || canonicalJson(value) !== text) return undefined;
  const { mac, ...record } = value;
  return { record, mac };
}

/** What a line says of itself, unchecked. */
export interface ClaimedRequest {
  readonly actorKind: unknown;
  readonly outcome: unknown;
}

/** Tells at little cost whether a line is worth being checked. */
export function claimedRequest(text: string): ClaimedRequest {
  const value = parseJson(text);
  const { actor, outcome } = isObject(value) ? value : {};
  return { actorKind: isObject(actor) ? actor.kind : undefined, outcome };
}

/** Whether the line was written under the key. Its place in the chain is another question. */
export function isAuthentic(crypto: SymmetricCrypto, key: Uint8Array, { record, mac }: AuditLine): boolean {
  const given = bytesOfBase64(mac);
  return given !== undefined && equalInConstantTime(given, crypto.hmacSm3(key, utf8(canonicalJson(record))));
}

/** Only what the reader itself relies on is checked here; everything else is vouched for by the MAC. */
function isLine(value: unknown): value is AuditRecord & { readonly mac: string } {
  if (!isObject(value) || !KINDS.has(value.kind)) return false;
  const chained = Number.isSafeInteger(value.seq) && typeof value.previous === 'string';
  return chained && typeof value.mac === 'string' && (value.kind !== 'opened' || isOpening(value));
}

function isOpening(value: Record<string, unknown>): boolean {
  const { file, masterKeyId, predecessors } = value;
  const named = typeof file === 'string' && typeof masterKeyId === 'string';
  return named && Array.isArray(predecessors) && predecessors.every(isHead);
}

/** Whether the value names an entry: file, number and MAC. */
export function isHead(value: unknown): value is AuditHead {
  if (!isObject(value)) return false;
  const named = typeof value.file === 'string' && typeof value.mac === 'string';
  return named && Number.isSafeInteger(value.seq);
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: for a reader of lines that is the same as no value.
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
