import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ExcelWork } from './excel-worker.ts';
import { MAX_SHEET_ROWS } from './limits.ts';
import { UnreadableSheet } from './unreadable-sheet.ts';

/** Reading ten thousand rows takes two seconds; whatever takes ten times as long is no sheet. */
const READ_WITHIN_MS = 20_000;
const MOST_MEMORY = { maxOldGenerationSizeMb: 256 };
/** Sheets that are read at the same time; each costs a thread. */
const AT_ONCE = 2;

let underWay = 0;

/** Too many sheets are being read; the same request can be sent again in a moment. */
export class SheetReaderBusy extends Error {
  override readonly name = 'SheetReaderBusy';
}

/**
 * The rows of an Excel workbook's first sheet as text cells, without empty rows; dates as YYYY-MM-DD, times as HH:mm.
 * At most one row more than is taken, so that too many are noticed.
 * @throws UnreadableSheet, SheetReaderBusy
 */
export async function rowsOfExcel(bytes: Uint8Array): Promise<string[][]> {
  if (underWay >= AT_ONCE) throw new SheetReaderBusy('too many sheets are being read');
  underWay += 1;
  const workerData: ExcelWork = { bytes, mostRows: MAX_SHEET_ROWS + 2 };
  const entry = new URL(`./excel-worker${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(entry, { workerData, resourceLimits: MOST_MEMORY });
  // A file that breaks off can end the thread without a word.
  const ended = new AbortController();
  worker.once('exit', () => ended.abort());
  const signal = AbortSignal.any([ended.signal, AbortSignal.timeout(READ_WITHIN_MS)]);
  try {
    // Rejects with the thread's own error as well, such as too much memory.
    const [rows] = await once(worker, 'message', { signal });
    return rows as string[][];
  } catch (error) {
    throw new UnreadableSheet('the Excel sheet cannot be read', { cause: error });
  } finally {
    underWay -= 1;
    await worker.terminate();
  }
}
