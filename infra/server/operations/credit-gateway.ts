import {
  type AppealOutcome,
  appealOutcomePayloadSchema,
  CREDIT_PLATFORM,
} from '@qingpu/contracts/partners/credit-platform/appeal-outcome';
import type { Clock } from '@qingpu/domains-kernel/clock';
import { DeliveryFault, type DueDelivery } from '@qingpu/runtime/delivery-worker';
import type { DisclosedPeople } from './disclosed-people.ts';
import { deliverSigned } from './signed-delivery.ts';

/** Where the city's credit platform is, and what requests to it are signed with. */
export interface CreditAddress {
  readonly url: string;
  readonly secret: string;
}

export interface CreditGatewayParts {
  /** Undefined while none is connected. */
  readonly credit: CreditAddress | undefined;
  readonly people: DisclosedPeople;
  readonly clock: Clock;
}

const PATH = '/qingpu/v1/appeal-outcomes';

/** Reports an upheld appeal to the city's credit platform over signed HTTP. @throws DeliveryFault with a stable code */
export async function deliverToCreditPlatform(
  { credit, people, clock }: CreditGatewayParts,
  { deliveryId, kind, payload }: DueDelivery,
  signal: AbortSignal,
): Promise<void> {
  if (!credit) throw new DeliveryFault('no-callback');
  const { personId, ...outcome } = appealOutcomePayloadSchema.parse(payload);
  const disclosure = { deliveryId, kind, recipient: CREDIT_PLATFORM };
  const { name, identityKind, identityNumber } = await people.person(personId, disclosure);
  const content: AppealOutcome = { ...outcome, person: { name, identityKind, identityNumber } };
  const receiver = { url: new URL(PATH, credit.url), partnerId: CREDIT_PLATFORM, secret: credit.secret };
  await deliverSigned(receiver, deliveryId, content, { now: clock.now(), signal });
}
