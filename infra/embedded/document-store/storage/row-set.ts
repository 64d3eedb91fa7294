const PAGE_ROWS = 2048;
const BITS = 32;

/**
 * Row numbers that were met, as bits: adding one never takes long, however many there are, and a million rows take
 * 128 KB where they lie close together.
 */
export class RowSet {
  size = 0;
  private readonly pages = new Map<number, Uint32Array>();

  /** False when the row was there already. */
  add(row: number): boolean {
    const page = this.pageOf(row);
    const at = (row % PAGE_ROWS) >>> 5;
    const bit = 1 << (row % BITS);
    const bits = page[at] ?? 0;
    if ((bits & bit) !== 0) return false;
    page[at] = bits | bit;
    this.size += 1;
    return true;
  }

  /** False when the row was not there. */
  delete(row: number): boolean {
    const page = this.pages.get(Math.floor(row / PAGE_ROWS));
    const at = (row % PAGE_ROWS) >>> 5;
    const bit = 1 << (row % BITS);
    const bits = page?.[at] ?? 0;
    if (page === undefined || (bits & bit) === 0) return false;
    page[at] = bits & ~bit;
    this.size -= 1;
    return true;
  }

  private pageOf(row: number): Uint32Array {
    const number = Math.floor(row / PAGE_ROWS);
    let page = this.pages.get(number);
    if (page === undefined) {
      page = new Uint32Array(PAGE_ROWS / BITS);
      this.pages.set(number, page);
    }
    return page;
  }
}
