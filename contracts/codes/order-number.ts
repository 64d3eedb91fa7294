/** Crockford's alphabet: no letter that is taken for a digit or another letter over the telephone. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * The number of a booking that people and hospitals use (预约单号): `QP` and 16 characters, such as QP0K3M9Z….
 * Derived from the booking's id, so that whoever knows the one knows the other.
 * @param bookingId a UUID of version 5; 80 of its bits go into the number
 */
export function orderNumberOf(bookingId: string): string {
  const hex = bookingId.replaceAll('-', '');
  // The middle holds the version and the variant, which are the same in all of them.
  let rest = BigInt(`0x${hex.slice(0, 12)}${hex.slice(-8)}`);
  let number = '';
  for (let place = 0; place < 16; place++) {
    number = ALPHABET.charAt(Number(rest % 32n)) + number;
    rest /= 32n;
  }
  return `QP${number}`;
}

/** The platform's own number of a registration (挂号单号), until the hospital gives one. */
export function registrationNumberOf(bookingId: string): string {
  return `GH${bookingId.replaceAll('-', '').slice(0, 16).toUpperCase()}`;
}
