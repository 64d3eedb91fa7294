import { DELIVERY_KINDS, type DeliveryKind } from '@qingpu/contracts/commands/messaging';
import { DeliveryFault, type DueDelivery } from '@qingpu/runtime/delivery-worker';
import type { Platform } from '../platform.ts';
import type { SlotServices } from '../slots/slot-services.ts';
import { deliverToChannels } from './channel-gateway.ts';
import { DisclosedPeople } from './disclosed-people.ts';
import { deliverToHospital } from './hospital-gateway.ts';

/** Takes a delivery to the system that it is for. @throws DeliveryFault with a stable code */
export type Deliver = (delivery: DueDelivery, signal: AbortSignal) => Promise<void>;

export function deliveriesOf(platform: Platform, { names }: Pick<SlotServices, 'names'>): Deliver {
  const { partners, clock, channels, audit } = platform;
  const people = new DisclosedPeople(platform.people, audit);
  return async (delivery, signal) => {
    const { kind } = delivery;
    if (!isKind(kind)) throw new DeliveryFault('unknown-kind', { final: true });
    if (kind === 'booking-notice')
      await deliverToChannels({ channels, people, names, clock }, delivery, signal);
    else await deliverToHospital({ partners, people, clock }, { ...delivery, kind }, signal);
  };
}

function isKind(kind: string): kind is DeliveryKind {
  return (DELIVERY_KINDS as readonly string[]).includes(kind);
}
