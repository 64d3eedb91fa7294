import { invalid } from './errors.ts';

const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;
const LONGEST_VARINT = 10;

/** Reads protobuf fields in the order they were written, without an object for each message. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;
  #type = VARINT;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Where the whole message ends. */
  get end(): number {
    return this.#bytes.length;
  }

  /** Moves to the next field of the message that ends at `end`. @returns its number; 0 when there is none */
  next(end: number): number {
    if (this.#at === end) return 0;
    if (this.#at > end) throw invalid('A message inside the message is too long');
    const tag = this.#varint();
    this.#type = tag & 7;
    return tag >>> 3;
  }

  /** Goes into the message that the field holds. @returns where it ends */
  enter(): number {
    this.#expect(LENGTH_DELIMITED);
    return this.#bounded(this.#varint());
  }

  /** A number; what is beyond 2^53 loses its last digits. */
  number(): number {
    this.#expect(VARINT);
    return this.#varint();
  }

  /** The bytes that the field holds; they share the memory of the message. */
  bytes(): Buffer {
    const end = this.enter();
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  text(): string {
    const end = this.enter();
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end;
    return text;
  }

  /** Passes over the field. */
  skip(): void {
    if (this.#type === VARINT) this.#varint();
    else if (this.#type === LENGTH_DELIMITED) this.#at = this.enter();
    else if (this.#type === FIXED_64) this.#at = this.#bounded(8);
    else if (this.#type === FIXED_32) this.#at = this.#bounded(4);
    else throw invalid('The message has a field of an unknown type');
  }

  #varint(): number {
    let value = 0;
    let factor = 1;
    for (let length = 1; length <= LONGEST_VARINT; length += 1) {
      const byte = this.#bytes[this.#at];
      if (byte === undefined) throw invalid('The message is cut off');
      this.#at += 1;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
    throw invalid('The message has a number without an end');
  }

  #expect(type: number): void {
    if (this.#type !== type) throw invalid('The message has a field of the wrong type');
  }

  /** The place so many bytes further on. */
  #bounded(length: number): number {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw invalid('The message is cut off');
    return end;
  }
}
