import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { MAX_SHEET_ROWS } from './limits.ts';
import { UnreadableSheet } from './unreadable-sheet.ts';

/** Cells that a spreadsheet would take for a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/** Rows as CSV in UTF-8 with a byte order mark, so that Excel shows Chinese; nothing in it is run as a formula. */
export function csvOf(rows: readonly (readonly string[])[]): string {
  const harmless = rows.map((row) => row.map((cell) => (FORMULA.test(cell) ? `'${cell}` : cell)));
  return stringify(harmless, { bom: true });
}

/** The rows of a CSV sheet as text cells, without empty rows. @throws UnreadableSheet */
export function rowsOfCsv(bytes: Uint8Array): string[][] {
  try {
    return parse(Buffer.from(bytes), {
      bom: true,
      trim: true,
      relax_column_count: true,
      skip_empty_lines: true,
      // One more than is taken, so that too many are noticed.
      to_line: MAX_SHEET_ROWS + 2,
    }) as string[][];
  } catch (error) {
    throw new UnreadableSheet('the CSV sheet cannot be read', { cause: error });
  }
}
