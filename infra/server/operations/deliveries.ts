import { DELIVERY_KINDS, type DeliveryKind } from '@qingpu/contracts/commands/messaging';
import { bookingOrderPayloadSchema } from '@qingpu/contracts/partners/hospital/booking-order';
import { DeliveryFault, type DueDelivery } from '@qingpu/runtime/delivery-worker';
import type { Platform } from '../platform.ts';
import type { SlotServices } from '../slots/slot-services.ts';
import { deliverToChannels } from './channel-gateway.ts';
import { deliverToCreditPlatform } from './credit-gateway.ts';
import { DisclosedPeople } from './disclosed-people.ts';
import { deliverToHospital } from './hospital-gateway.ts';

/** Takes a delivery to the system that it is for. @throws DeliveryFault with a stable code */
export type Deliver = (delivery: DueDelivery, signal: AbortSignal) => Promise<void>;

export function deliveriesOf(
  platform: Platform,
  slots: Pick<SlotServices, 'names' | 'schedules' | 'hospitals'>,
): Deliver {
  const { names } = slots;
  const { partners, clock, channels, credit, audit } = platform;
  const people = new DisclosedPeople(platform.people, audit);
  return async (delivery, signal) => {
    const { kind } = delivery;
    if (!isKind(kind)) throw new DeliveryFault('unknown-kind', { final: true });
    if (kind === 'booking-notice')
      await deliverToChannels({ channels, people, names, clock }, delivery, signal);
    else if (kind === 'credit-appeal')
      await deliverToCreditPlatform({ credit, people, clock }, delivery, signal);
    else if (kind === 'booking-order' && (await isShared(slots, delivery)))
      await deliverToShared(slots, delivery);
    else await deliverToHospital({ partners, people, clock }, { ...delivery, kind }, signal);
  };
}

async function isShared(
  { schedules }: Pick<SlotServices, 'schedules'>,
  { payload }: DueDelivery,
): Promise<boolean> {
  return (await schedules.find(bookingOrderPayloadSchema.parse(payload)))?.mode === 'shared';
}

/** A hospital in shared mode has booked the order itself; only a cancellation is news to it (F1.10). */
async function deliverToShared(
  { hospitals }: Pick<SlotServices, 'hospitals'>,
  { payload }: DueDelivery,
): Promise<void> {
  const { state, institutionCode, orderNumber } = bookingOrderPayloadSchema.parse(payload);
  if (state === 'cancelled') await hospitals.cancel(institutionCode, orderNumber);
}

function isKind(kind: string): kind is DeliveryKind {
  return (DELIVERY_KINDS as readonly string[]).includes(kind);
}
