import type { WaitlistEvent } from '@qingpu/contracts/events/slots';
import type { EventPlace } from '@qingpu/read-models-kernel/view';
import type { Fields, Write } from './write.ts';

/** Who waits for a returned slot, and what they were offered. Whose offer lapsed waits no longer. */
export function waitlistWrites(event: WaitlistEvent, { position }: EventPlace): readonly Write[] {
  return [{ collection: 'waitlist', id: event.data.entryId, set: fields(event, position) }];
}

function fields(event: WaitlistEvent, position: bigint): Fields {
  switch (event.type) {
    case 'WaitlistJoined': {
      const { entryId: _id, ...entry } = event.data;
      return { ...entry, state: 'waiting', joinedAt: String(position).padStart(20, '0'), offer: null };
    }
    case 'WaitlistOffered': {
      const { slotId, bookingId, until } = event.data;
      return { state: 'offered', offer: { slotId, bookingId, until } };
    }
    case 'WaitlistOfferLapsed':
      return { state: 'over', offer: null };
    case 'WaitlistServed':
      return { state: 'served', offer: null };
    case 'WaitlistLeft':
      return { state: 'left', offer: null };
  }
}
