import { MAX_PAGE, MAX_PAGE_SIZE, type Page } from '@qingpu/contracts/http/paging';
import type { Freshness } from './view-reader.ts';

/** Which page of a list, and which log position the answer must include. */
export interface PageRequest {
  readonly page: number;
  readonly size: number;
  readonly after?: string | undefined;
}

export interface PageWindow {
  readonly page: number;
  readonly size: number;
  readonly skip: number;
}

/** The hard limits of every list: whatever is asked for, at most 100 rows of at most 1,000 pages are read. */
export function windowOf(request: PageRequest): PageWindow {
  const page = between(request.page, 1, MAX_PAGE);
  const size = between(request.size, 1, MAX_PAGE_SIZE);
  return { page, size, skip: (page - 1) * size };
}

export function pageShape<Item>(
  window: PageWindow,
  fresh: Freshness,
  items: Item[],
  total: number,
): Page<Item> {
  return { items, page: window.page, size: window.size, total, asOf: fresh.asOf, stale: fresh.stale };
}

/** A number brought within bounds; what is no number becomes the least. */
export function between(value: number, least: number, most: number): number {
  return Number.isFinite(value) ? Math.min(most, Math.max(least, Math.trunc(value))) : least;
}
