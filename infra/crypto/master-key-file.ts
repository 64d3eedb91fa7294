import { randomBytes } from 'node:crypto';
import { link, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DATA_KEY_BYTES } from './envelope.ts';
import { hexOf } from './primitives.ts';

/** All generations of the master key, oldest first, each of 32 bytes. */
export interface MasterKeys {
  readonly keys: ReadonlyMap<string, Uint8Array>;
  /** Wraps new data keys. */
  readonly current: string;
  /** Derives long-lived keys, such as that of the blind indexes, and so outlives every rotation. */
  readonly root: string;
}

/** The key file cannot be used as it is; the message says why and never shows what is in it. */
export class MasterKeyFileError extends Error {
  override readonly name = 'MasterKeyFileError';
}

const KEY_ID = /^[A-Za-z0-9-]{1,64}$/;
const KEY_HEX = /^[0-9a-f]{64}$/;
const OWNER_ONLY = 0o600;
const GROUP_AND_OTHERS = 0o077;

/**
 * Reads `{ keys: [{ id, hex }], current, root }`. `root` may be missing while there is one key only.
 * @throws MasterKeyFileError when the file is readable by others than its owner or is not such a file
 * @throws NodeJS.ErrnoException ENOENT when there is none
 */
export async function loadMasterKeys(path: string): Promise<MasterKeys> {
  const handle = await open(path, 'r');
  try {
    const { mode } = await handle.stat();
    if ((mode & GROUP_AND_OTHERS) !== 0)
      throw new MasterKeyFileError('the master key file must be readable by its owner only (mode 0600)');
    return parseMasterKeys(await handle.readFile('utf8'));
  } finally {
    await handle.close();
  }
}

/** Reads the file, or creates it with one new key. Of several processes that start at once one creates it. */
export async function loadOrCreateMasterKeys(path: string): Promise<MasterKeys> {
  try {
    return await loadMasterKeys(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const id = newKeyId();
  await publish(path, { keys: new Map([[id, newKey()]]), current: id, root: id }, 'create');
  return loadMasterKeys(path);
}

/**
 * Adds a generation and makes it the current one. Older generations stay, because they unwrap what they wrapped.
 * Running processes go on with what they loaded; they need a restart to wrap with the new one, and must have had it
 * before they meet a key that it wrapped. Run it from one place only: of two rotations at once one would be lost.
 */
export async function rotateMasterKey(path: string): Promise<MasterKeys> {
  const known = await loadMasterKeys(path);
  const id = newKeyId();
  await publish(path, { ...known, keys: new Map([...known.keys, [id, newKey()]]), current: id }, 'replace');
  return loadMasterKeys(path);
}

function newKeyId(): string {
  return `mk-${hexOf(randomBytes(8))}`;
}

function newKey(): Uint8Array {
  return randomBytes(DATA_KEY_BYTES);
}

/** A reader sees the whole file or none of it: the content is durable under another name before it gets this one. */
async function publish(path: string, keys: MasterKeys, how: 'create' | 'replace'): Promise<void> {
  const temporary = `${path}.${hexOf(randomBytes(8))}`;
  try {
    await writeDurably(temporary, textOf(keys));
    if (how === 'replace') await rename(temporary, path);
    else await linkUnlessThere(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
  const folder = await open(dirname(path), 'r');
  await folder.sync().finally(() => folder.close());
}

async function writeDurably(path: string, text: string): Promise<void> {
  const handle = await open(path, 'wx', OWNER_ONLY);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function linkUnlessThere(temporary: string, path: string): Promise<void> {
  try {
    await link(temporary, path);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

function textOf({ keys, current, root }: MasterKeys): string {
  const list = [...keys].map(([id, key]) => ({ id, hex: hexOf(key) }));
  return `${JSON.stringify({ keys: list, current, root }, null, 2)}\n`;
}

/** @throws MasterKeyFileError */
export function parseMasterKeys(text: string): MasterKeys {
  const content = parseObject(text);
  const keys = keysOf(content.keys);
  const current = knownId(keys, content.current, 'current');
  const root = content.root === undefined && keys.size === 1 ? current : content.root;
  return { keys, current, root: knownId(keys, root, 'root') };
}

function parseObject(text: string): Record<string, unknown> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    // The parser's own message would quote the file.
    throw new MasterKeyFileError('the master key file is not JSON');
  }
  if (!isObject(content)) throw new MasterKeyFileError('the master key file is not a JSON object');
  return content;
}

function keysOf(list: unknown): Map<string, Uint8Array> {
  if (!Array.isArray(list) || list.length === 0)
    throw new MasterKeyFileError('the master key file has no keys');
  const keys = new Map<string, Uint8Array>();
  for (const item of list) {
    const { id, hex } = isObject(item) ? item : {};
    if (typeof id !== 'string' || !KEY_ID.test(id))
      throw new MasterKeyFileError('a master key has no proper id');
    if (typeof hex !== 'string' || !KEY_HEX.test(hex))
      throw new MasterKeyFileError('a master key is not 64 lower-case hex digits');
    if (keys.has(id)) throw new MasterKeyFileError('two master keys have the same id');
    keys.set(id, Buffer.from(hex, 'hex'));
  }
  return keys;
}

function knownId(keys: ReadonlyMap<string, Uint8Array>, id: unknown, role: 'current' | 'root'): string {
  if (typeof id === 'string' && keys.has(id)) return id;
  throw new MasterKeyFileError(`the master key file does not say which of its keys is ${role}`);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
