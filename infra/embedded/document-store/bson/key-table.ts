import { randomBytes } from 'node:crypto';
import { type Arena, Column } from './arena.ts';

/** Each part of the table grows on its own, so that growing never takes long. */
const PARTS = 256;
const FIRST_SLOTS = 16;
/** A part is enlarged when more than this share of its slots is taken. */
const FULLEST = 0.75;
const LENGTH_BYTES = 4;
/** Differs from start to start, so that nobody can choose keys that meet in one place. */
const SEED = randomBytes(4).readInt32LE();

/** What one key takes in the table, besides its own bytes. */
export const KEY_OVERHEAD = 24;

/** Numbers keys in the order in which they first come, from 0. */
export class KeyTable {
  size = 0;
  private readonly arena: Arena;
  private readonly parts: (Int32Array | undefined)[] = new Array(PARTS);
  private readonly counts = new Uint32Array(PARTS);
  private readonly hashes = new Column(Int32Array);
  private readonly addresses = new Column(Uint32Array);

  constructor(arena: Arena) {
    this.arena = arena;
  }

  /** The number of a key, which is added when it is not known; `size` then is one more. */
  numberOf(bytes: Buffer, length: number): number {
    const hash = hashOf(bytes, length);
    const part = hash & (PARTS - 1);
    let slots = this.parts[part];
    if (slots === undefined || (this.counts[part] ?? 0) >= slots.length * FULLEST)
      slots = this.enlarge(part, slots);
    const mask = slots.length - 1;
    let at = (hash >>> 8) & mask;
    for (let slot = slots[at] ?? 0; slot !== 0; slot = slots[at] ?? 0) {
      if (this.hashes.get(slot - 1) === hash && this.isKey(slot - 1, bytes, length)) return slot - 1;
      at = (at + 1) & mask;
    }
    slots[at] = this.size + 1;
    this.counts[part] = (this.counts[part] ?? 0) + 1;
    return this.add(hash, bytes, length);
  }

  private add(hash: number, bytes: Buffer, length: number): number {
    const number = this.size;
    const address = this.arena.reserve(LENGTH_BYTES + length);
    const page = this.arena.page(address);
    const at = this.arena.offset(address);
    page.writeUInt32LE(length, at);
    bytes.copy(page, at + LENGTH_BYTES, 0, length);
    this.hashes.set(number, hash);
    this.addresses.set(number, address);
    this.size += 1;
    return number;
  }

  private isKey(number: number, bytes: Buffer, length: number): boolean {
    const address = this.addresses.get(number);
    const page = this.arena.page(address);
    const at = this.arena.offset(address);
    if (page.readUInt32LE(at) !== length) return false;
    const start = at + LENGTH_BYTES;
    return page.compare(bytes, 0, length, start, start + length) === 0;
  }

  private enlarge(part: number, old: Int32Array | undefined): Int32Array {
    const slots = new Int32Array(old === undefined ? FIRST_SLOTS : old.length * 2);
    const mask = slots.length - 1;
    for (const slot of old ?? []) {
      if (slot === 0) continue;
      let at = (this.hashes.get(slot - 1) >>> 8) & mask;
      while (slots[at] !== 0) at = (at + 1) & mask;
      slots[at] = slot;
    }
    this.parts[part] = slots;
    return slots;
  }
}

/** FNV-1a with its bits mixed once more, as int32. */
function hashOf(bytes: Buffer, length: number): number {
  let hash = SEED;
  for (let i = 0; i < length; i += 1) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
