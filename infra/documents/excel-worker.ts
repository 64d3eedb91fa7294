/**
 * A worker thread that reads one Excel sheet for `excel.ts`: what somebody uploads may unpack to far more than it
 * weighs, and only a thread of its own can be stopped. This file is also run from its source, so it holds erasable
 * TypeScript only.
 */
import { Readable } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';
import ExcelJS from 'exceljs';

export interface ExcelWork {
  readonly bytes: Uint8Array;
  readonly mostRows: number;
}

/** Cells to the right of this are nobody's. */
const MOST_COLUMNS = 64;
/** Excel keeps a time without a date as a moment of this day. */
const DAY_OF_TIMES = '1899-12-30';

async function rowsOf({ bytes, mostRows }: ExcelWork): Promise<string[][]> {
  const workbook = new ExcelJS.stream.xlsx.WorkbookReader(Readable.from([bytes]), {
    worksheets: 'emit',
    sharedStrings: 'cache',
    styles: 'cache',
    hyperlinks: 'ignore',
  });
  const rows: string[][] = [];
  // Only the first sheet is read.
  for await (const sheet of workbook) {
    for await (const row of sheet) {
      const cells = textsOf(row);
      if (cells.some((cell) => cell !== '')) rows.push(cells);
      if (rows.length >= mostRows) return rows;
    }
    return rows;
  }
  return rows;
}

function textsOf(row: ExcelJS.Row): string[] {
  return Array.from({ length: Math.min(row.cellCount, MOST_COLUMNS) }, (_, index) =>
    textOf(row.getCell(index + 1).value).trim(),
  );
}

function textOf(value: ExcelJS.CellValue): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return dateText(value);
  if (typeof value !== 'object') return String(value);
  if ('richText' in value) return value.richText.map(({ text }) => text).join('');
  if ('result' in value) return textOf(value.result ?? null);
  if ('text' in value) return textOf(value.text);
  return '';
}

/** A date as YYYY-MM-DD, a time of day as HH:mm. */
function dateText(value: Date): string {
  const text = value.toISOString();
  return text.startsWith(DAY_OF_TIMES) ? text.slice(11, 16) : text.slice(0, 10);
}

parentPort?.postMessage(await rowsOf(workerData as ExcelWork));
