/** UUIDs as the client writes them, 36 characters, and as they are stored, 16 bytes. */

export const UUID_TEXT_LENGTH = 36;
const HYPHEN = '-'.charCodeAt(0);
const HYPHENS_AT = [8, 13, 18, 23];
/** Where the two digits of each byte stand in the text. */
const DIGITS_AT = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/** The value of each hexadecimal digit by its character code; -1 for all other characters. */
const digits = new Int8Array(256).fill(-1);
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  digits[digit.charCodeAt(0)] = value;
  digits[digit.toUpperCase().charCodeAt(0)] = value;
}

/** The 16 bytes of a UUID's text; undefined when it is none. */
export function parseUuid(text: Uint8Array): Buffer | undefined {
  if (text.length !== UUID_TEXT_LENGTH) return undefined;
  for (const at of HYPHENS_AT) if (text[at] !== HYPHEN) return undefined;
  const bytes = Buffer.allocUnsafe(DIGITS_AT.length);
  let index = 0;
  for (const at of DIGITS_AT) {
    const high = digits[text[at] ?? 0] ?? -1;
    const low = digits[text[at + 1] ?? 0] ?? -1;
    if (high < 0 || low < 0) return undefined;
    bytes[index++] = high * 16 + low;
  }
  return bytes;
}

/** Lower-case text of a UUID's 16 bytes. */
export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
