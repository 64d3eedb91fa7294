import type { Change, Changes } from '@qingpu/contracts/partners/booking-platform/pool';
import { channelAccount } from '../access/channel-partners.ts';
import type { SlotServices } from '../slots/slot-services.ts';
import type { ChannelOffer } from './channel-offer.ts';

/** What platforms book from. */
const PUBLIC = ['public'] as const;

interface Found {
  readonly position: bigint;
  readonly tell: () => Promise<WithoutPosition<Change>>;
  /** Whose order it is. */
  readonly personId?: string;
}
type WithoutPosition<Each> = Each extends unknown ? Omit<Each, 'position'> : never;

/**
 * What has changed for a booking platform since a position of the log, in the log's order. It reads up to where all
 * views have everything, and what it tells of a change is no older than that: so whoever goes on from `next` misses
 * nothing.
 */
export async function changesSince(
  { pool, bookings, contracts }: SlotServices,
  offer: ChannelOffer,
  { partnerId, after, limit, now, audit }: ChangesAsked,
): Promise<Changes> {
  const reached = await Promise.all([pool.reached(), bookings.reached(), contracts.changes.reached()]);
  const upTo = reached.reduce((least, each) => (each < least ? each : least));
  const span = { after, upTo };
  // One more than is asked for tells whether there is more.
  const most = limit + 1;
  const [schedules, orders, institutions, quotas] = await Promise.all([
    pool.changed(span, most, PUBLIC, now),
    bookings.changed(channelAccount(partnerId), span, most),
    contracts.changes.changed(span, most),
    contracts.changes.changedQuotas(partnerId, span, most),
  ]);
  const found: Found[] = [
    ...schedules.map(({ position, value }) => ({
      position,
      tell: async () => ({
        kind: 'schedule' as const,
        schedule: await only(offer.schedules(partnerId, [value])),
      }),
    })),
    ...orders.map(({ position, value }) => ({
      position,
      personId: value.personId,
      tell: async () => ({ kind: 'order' as const, order: await only(offer.orders([value])) }),
    })),
    ...institutions.map(({ position, value: { institutionCode, withheld } }) => ({
      position,
      tell: async () => ({
        kind: 'institution' as const,
        institutionCode,
        withheld: withheld.map(({ kind }) => kind),
      }),
    })),
    ...quotas.map(({ position, value: { institutionCode, percent } }) => ({
      position,
      tell: async () => ({ kind: 'quota' as const, institutionCode, percent }),
    })),
  ].sort((one, other) => (one.position < other.position ? -1 : one.position > other.position ? 1 : 0));
  const page = wholePositions(found, limit);
  const more = page.length < found.length;
  await audit(page.flatMap(({ personId }) => (personId === undefined ? [] : [{ personId }])));
  const items = await Promise.all(
    page.map(async ({ position, tell }) => ({ ...(await tell()), position: String(position) }) as Change),
  );
  const last = page.at(-1)?.position;
  const next = more && last !== undefined ? last : upTo > after ? upTo : after;
  return { items, next: String(next), more };
}

export interface ChangesAsked {
  readonly partnerId: string;
  readonly after: bigint;
  readonly limit: number;
  readonly now: Date;
  /** Writes down whose orders are told, before they are. */
  readonly audit: (shown: readonly { readonly personId: string }[]) => Promise<void>;
}

/** One event may have changed several things: all of one position are told together, or the cursor would pass some over. */
function wholePositions(found: readonly Found[], limit: number): readonly Found[] {
  if (found.length <= limit) return found;
  const cut = found[limit]?.position;
  const before = found.slice(0, limit).filter(({ position }) => position !== cut);
  if (before.length > 0) return before;
  return found.filter(({ position }) => position === cut);
}

async function only<Item>(items: Promise<readonly Item[]>): Promise<Item> {
  const [item] = await items;
  if (item === undefined) throw new Error('one was asked for');
  return item;
}
