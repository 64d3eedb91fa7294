/** Most rows of one sheet that is read or written, without its head. */
export const MAX_SHEET_ROWS = 10_000;

/** Largest sheet that is taken in, in bytes. */
export const MAX_SHEET_BYTES = 5 * 1024 * 1024;
