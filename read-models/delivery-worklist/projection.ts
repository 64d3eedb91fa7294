import { type MessagingEvent, messagingEvents } from '@qingpu/contracts/events/messaging';
import type { EventPlace, Projection } from '@qingpu/read-models-kernel/view';
import { deliveryWorklistView } from './view.ts';

/** Folds the life of a delivery into its line of the worklist. */
export const deliveryWorklist: Projection<typeof messagingEvents> = {
  view: deliveryWorklistView,
  catalogue: messagingEvents,
  async project(event, place) {
    return [
      {
        collection: 'deliveries',
        id: event.data.deliveryId,
        guard: BigInt(place.revision),
        set: fields(event, place),
      },
    ];
  },
};

function fields(event: MessagingEvent, place: EventPlace): Readonly<Record<string, unknown>> {
  switch (event.type) {
    case 'DeliveryRequested': {
      const { kind, recipient, order, payload } = event.data;
      return {
        kind,
        recipient,
        order,
        payload,
        status: 'open',
        failures: 0,
        fault: null,
        nextAttemptAt: 0,
        requestedAt: place.position,
      };
    }
    case 'DeliverySucceeded':
      return { status: 'delivered', fault: null };
    case 'DeliveryFailed':
      return {
        failures: event.data.attempt,
        fault: event.data.fault,
        nextAttemptAt: Date.parse(event.data.nextAttemptAt),
      };
    case 'DeliveryGivenUp':
      return { status: 'givenUp', failures: event.data.attempt, fault: event.data.fault };
  }
}
