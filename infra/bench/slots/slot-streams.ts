import { EventStoreDBClient, type JSONEventType, StreamNotFoundError } from '@eventstore/db-client';
import type { SlotEvent } from '@qingpu/contracts/events/slots';
import { type SlotKey, slotStream } from '@qingpu/domains-slots/streams';

type Stored = JSONEventType<string, { readonly booking?: { readonly bookingId: string } }>;

/** Ids of the bookings that the log itself says a slot was given to, in order. */
export async function bookingsInLog(eventStoreUrl: string, slots: readonly SlotKey[]): Promise<string[][]> {
  const client = EventStoreDBClient.connectionString(eventStoreUrl);
  try {
    const found: string[][] = [];
    for (const slot of slots) found.push(await bookingsOf(client, slot));
    return found;
  } finally {
    await client.dispose();
  }
}

async function bookingsOf(client: EventStoreDBClient, slot: SlotKey): Promise<string[]> {
  const booked: SlotEvent['type'] = 'SlotBooked';
  const ids: string[] = [];
  try {
    for await (const { event } of client.readStream<Stored>(slotStream(slot)))
      if (event?.type === booked) ids.push(event.data.booking?.bookingId ?? '');
  } catch (error) {
    // Nobody has touched the slot.
    if (!(error instanceof StreamNotFoundError)) throw error;
  }
  return ids;
}
