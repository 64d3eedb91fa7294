import type { ViewReader } from '@qingpu/read-models-kernel/view-reader';
import type { DeliveryDocument } from './view.ts';

/**
 * Deliveries that may be tried now: the first open one of each order, when it is due. At most `limit`, and none for
 * the receivers in `busy`.
 * Orders that turn out to wait are left out of the next reading, so that their queues hold nobody else up.
 */
export async function dueDeliveries(
  reader: ViewReader,
  now: Date,
  limit: number,
  busy: readonly string[] = [],
): Promise<DeliveryDocument[]> {
  const found: DeliveryDocument[] = [];
  const judged = new Set<string>();
  while (found.length < limit) {
    const orders = await ordersWithDue(reader, now, limit, { judged: [...judged], busy });
    if (orders.length === 0) break;
    const firsts = await firstsOpen(reader, orders);
    found.push(...firsts.filter((first) => first.nextAttemptAt <= now.getTime()));
    for (const order of orders) judged.add(order);
  }
  return found.slice(0, limit);
}

async function ordersWithDue(
  reader: ViewReader,
  now: Date,
  limit: number,
  without: { readonly judged: readonly string[]; readonly busy: readonly string[] },
): Promise<string[]> {
  const due = await reader.find<DeliveryDocument>('deliveries', {
    filter: {
      status: 'open',
      nextAttemptAt: { $lte: now.getTime() },
      order: { $nin: without.judged },
      recipient: { $nin: without.busy },
    },
    sort: { nextAttemptAt: 1 },
    limit,
  });
  return [...new Set(due.map(({ order }) => order))];
}

/** How many more open deliveries than orders are read at once: most orders have one or two. */
const SPARE = 100;

/** The first open delivery of each order; none of those whose last one has just been closed. */
async function firstsOpen(reader: ViewReader, orders: readonly string[]): Promise<DeliveryDocument[]> {
  const firsts = new Map<string, DeliveryDocument>();
  for (let left = orders; left.length > 0; left = left.filter((order) => !firsts.has(order))) {
    const limit = left.length + SPARE;
    const open = await reader.find<DeliveryDocument>('deliveries', {
      filter: { order: { $in: left }, status: 'open' },
      sort: { order: 1, requestedAt: 1 },
      limit,
    });
    for (const delivery of open) if (!firsts.has(delivery.order)) firsts.set(delivery.order, delivery);
    // A long queue may have taken the place of the orders behind it: these are read again without it.
    if (open.length < limit) break;
  }
  return [...firsts.values()];
}

/** Deliveries that all attempts failed to bring: tasks for a person. At most `limit`, oldest first. */
export function givenUpDeliveries(reader: ViewReader, limit: number): Promise<DeliveryDocument[]> {
  return reader.find<DeliveryDocument>('deliveries', {
    filter: { status: 'givenUp' },
    sort: { nextAttemptAt: 1 },
    limit,
  });
}

/** How far these deliveries are, by id; those that the view does not have yet are missing. At most a page of them. */
export async function deliveryStatuses(
  reader: ViewReader,
  deliveryIds: readonly string[],
): Promise<ReadonlyMap<string, DeliveryDocument['status']>> {
  if (deliveryIds.length === 0) return new Map();
  const found = await reader.find<DeliveryDocument>('deliveries', {
    filter: { _id: { $in: deliveryIds } },
    limit: deliveryIds.length,
    fields: ['status'],
  });
  return new Map(found.map(({ _id, status }) => [_id, status]));
}
