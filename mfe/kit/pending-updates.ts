import type { ViewUpdate } from '@qingpu/contracts/http/updates';

/** What a page has not shown yet. */
export interface Pending {
  readonly events: number;
  /** The stream was interrupted: an unknown number of events came besides. */
  readonly gap: boolean;
  /** Log positions of the reader's own writes that no update has covered yet. */
  readonly own: readonly string[];
}

export const NOTHING_PENDING: Pending = { events: 0, gap: false, own: [] };

/** The reader wrote something and sees it already: the update that covers it counts one less. */
export function addOwnWrite(pending: Pending, position: string): Pending {
  return { ...pending, own: [...pending.own, position] };
}

export function addUpdate(pending: Pending, update: ViewUpdate): Pending {
  const reached = BigInt(update.position);
  const own = pending.own.filter((position) => BigInt(position) > reached);
  const covered = pending.own.length - own.length;
  return { ...pending, own, events: pending.events + Math.max(update.events - covered, 0) };
}

export function addGap(pending: Pending): Pending {
  return { ...pending, gap: true };
}

/** The page has just asked for the newest; own writes that are still under way stay known. */
export function shown(pending: Pending): Pending {
  return { ...NOTHING_PENDING, own: pending.own };
}

/** 已更新 3 条; undefined when there is nothing to show. */
export function pendingWords(pending: Pending): string | undefined {
  if (pending.gap) return '连接已恢复，数据可能有更新';
  return pending.events > 0 ? `已更新 ${pending.events} 条` : undefined;
}
