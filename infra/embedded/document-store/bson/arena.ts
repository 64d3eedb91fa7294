import { BSON, RawValue } from './raw.ts';

const PAGE_BITS = 16;
const PAGE_BYTES = 1 << PAGE_BITS;
/** Type and length of a value that is kept. */
const VALUE_HEAD = 5;

/**
 * Bytes of many small things in a few large pages, so that holding a million of them costs the garbage collector
 * nothing. An address is a whole number above 0. What is not needed any more is only given back with the whole.
 */
export class Arena {
  /** What the pages take. */
  bytes = 0;
  private readonly pages: Buffer[] = [];
  private at = PAGE_BYTES;

  /** Makes room for `length` bytes that lie together. */
  reserve(length: number): number {
    if (this.pages.length === 0) this.open();
    if (length > PAGE_BYTES) {
      const address = this.addPage(length);
      this.at = PAGE_BYTES;
      return address;
    }
    if (this.at + length > PAGE_BYTES) this.open();
    const address = (this.pages.length - 1) * PAGE_BYTES + this.at;
    this.at += length;
    return address;
  }

  private open(): void {
    this.addPage(PAGE_BYTES);
    this.at = this.pages.length === 1 ? 1 : 0;
  }

  private addPage(length: number): number {
    this.bytes += length;
    this.pages.push(Buffer.allocUnsafeSlow(length));
    return (this.pages.length - 1) * PAGE_BYTES;
  }

  /** The page that holds an address. */
  page(address: number): Buffer {
    const page = this.pages[address >>> PAGE_BITS];
    if (page === undefined) throw new Error('no such address');
    return page;
  }

  /** Where in its page an address is. */
  offset(address: number): number {
    return address & (PAGE_BYTES - 1);
  }

  /** Keeps a value; see `value`. */
  keep(value: RawValue): number {
    const length = value.end - value.start;
    const address = this.reserve(VALUE_HEAD + length);
    this.write(address, value);
    return address;
  }

  /** Puts a value in the place of one that is at least as long. */
  write(address: number, value: RawValue): void {
    const page = this.page(address);
    const at = this.offset(address);
    page[at] = value.type;
    page.writeUInt32LE(value.end - value.start, at + 1);
    value.bytes.copy(page, at + VALUE_HEAD, value.start, value.end);
  }

  /** A value that was kept, in place. */
  value(address: number): RawValue {
    const page = this.page(address);
    const at = this.offset(address);
    const start = at + VALUE_HEAD;
    return new RawValue(page[at] ?? BSON.null, page, start, start + page.readUInt32LE(at + 1));
  }
}

const COLUMN_BITS = 10;
const COLUMN_ROWS = 1 << COLUMN_BITS;

type Numbers = Float64Array | Uint32Array | Int32Array | Uint8Array;

/** Numbers by position, 0 where none was set; grows piece by piece, so that no step is long. */
export class Column {
  private readonly pages: Numbers[] = [];
  private readonly make: new (
    length: number,
  ) => Numbers;

  constructor(make: new (length: number) => Numbers) {
    this.make = make;
  }

  get(position: number): number {
    return this.pages[position >>> COLUMN_BITS]?.[position & (COLUMN_ROWS - 1)] ?? 0;
  }

  set(position: number, value: number): void {
    const at = position >>> COLUMN_BITS;
    while (this.pages.length <= at) this.pages.push(new this.make(COLUMN_ROWS));
    const page = this.pages[at];
    if (page !== undefined) page[position & (COLUMN_ROWS - 1)] = value;
  }
}
