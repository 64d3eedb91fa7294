import {
  type BookingOrder,
  type BookingOrderPayload,
  bookingOrderPayloadSchema,
} from '@qingpu/contracts/partners/hospital/booking-order';
import type { Clock } from '@qingpu/domains-kernel/clock';
import { DeliveryFault, type DueDelivery } from '@qingpu/runtime/delivery-worker';
import type { Partners } from '../access/partners.ts';
import type { DisclosedPeople } from './disclosed-people.ts';
import { deliverSigned } from './signed-delivery.ts';

export interface HospitalGatewayParts {
  readonly partners: Pick<Partners, 'byInstitution'>;
  readonly people: DisclosedPeople;
  readonly clock: Clock;
}

const PATHS = {
  'filing-receipt': '/qingpu/v1/filing-receipts',
  'booking-order': '/qingpu/v1/booking-orders',
} as const;
type HospitalDelivery = DueDelivery & { readonly kind: keyof typeof PATHS };

/** Hands a delivery to the hospital's system over signed HTTP. @throws DeliveryFault with a stable code */
export async function deliverToHospital(
  { partners, people, clock }: HospitalGatewayParts,
  delivery: HospitalDelivery,
  signal: AbortSignal,
): Promise<void> {
  const partner = partners.byInstitution(delivery.recipient);
  if (!partner?.callbackUrl) throw new DeliveryFault('no-callback');
  const content = await contentOf(people, delivery);
  const receiver = { ...partner, url: new URL(PATHS[delivery.kind], partner.callbackUrl) };
  await deliverSigned(receiver, delivery.deliveryId, content, { now: clock.now(), signal });
}

function contentOf(people: DisclosedPeople, { kind, payload }: HospitalDelivery): unknown {
  if (kind === 'filing-receipt') return payload;
  return bookingOrderOf(people, bookingOrderPayloadSchema.parse(payload));
}

/** The hospital learns who comes, and under which card; a cancellation names nobody. */
async function bookingOrderOf(people: DisclosedPeople, payload: BookingOrderPayload): Promise<BookingOrder> {
  if (payload.state === 'cancelled') return payload;
  const { personId, cardId, ...order } = payload;
  const disclosure = {
    deliveryId: order.deliveryId,
    kind: 'booking-order',
    recipient: order.institutionCode,
  };
  const { person, card } = await people.holder(personId, cardId, disclosure);
  const { name, identityKind, identityNumber, mobile } = person;
  return { ...order, person: { name, identityKind, identityNumber, mobile }, card: card ?? null };
}
