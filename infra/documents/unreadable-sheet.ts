/** The bytes are no sheet of the kind they claim to be, or too large a one. */
export class UnreadableSheet extends Error {
  override readonly name = 'UnreadableSheet';
}
