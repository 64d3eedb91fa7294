import type { ViewReader } from '@qingpu/read-models-kernel/view-reader';
import type { DeliveryDocument } from './view.ts';

/** Deliveries that may be tried now: due, and the first open one of their order. At most `limit`. */
export async function dueDeliveries(
  reader: ViewReader,
  now: Date,
  limit: number,
): Promise<DeliveryDocument[]> {
  const due = await reader.find<DeliveryDocument>('deliveries', {
    filter: { status: 'open', nextAttemptAt: { $lte: now.getTime() } },
    sort: { nextAttemptAt: 1 },
    limit,
  });
  const firsts = await Promise.all(
    due.map(async (delivery) =>
      (await firstOpen(reader, delivery.order))?._id === delivery._id ? [delivery] : [],
    ),
  );
  return firsts.flat();
}

async function firstOpen(reader: ViewReader, order: string): Promise<DeliveryDocument | undefined> {
  const [first] = await reader.find<DeliveryDocument>('deliveries', {
    filter: { order, status: 'open' },
    sort: { requestedAt: 1 },
    limit: 1,
  });
  return first;
}
