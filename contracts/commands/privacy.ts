/** Destroys the data key of a person who has been erased: what was sealed can never be read again. Repeating it is harmless. */
export interface DestroyPersonKeyCommand {
  readonly type: 'DestroyPersonKey';
  /** Opaque id of the person. */
  readonly subject: string;
}
