import type { LandingEvent } from '@qingpu/contracts/events/slots';
import type { EventPlace } from '@qingpu/read-models-kernel/view';
import type { Write } from './write.ts';

/**
 * What hospitals landed, as they said it. Nothing is compared here: differences are worked out when they are asked for,
 * so that they vanish by themselves when both sides agree.
 */
export function landingWrites(event: LandingEvent, { stream, position }: EventPlace): readonly Write[] {
  if (event.type === 'DifferenceSettled') {
    const { orderNumber, resolution, reason } = event.data;
    const set = { landing: stream, orderNumber, resolution, reason, position };
    return [{ collection: 'settlements', id: `${stream}/${orderNumber}`, set }];
  }
  const { institutionCode, date, submissionId, part, parts, orders } = event.data;
  return [
    { collection: 'landing_days', id: stream, set: { institutionCode, date, submissionId, parts } },
    {
      collection: 'landed_parts',
      id: `${stream}/${submissionId}/${part}`,
      set: { landing: stream, submissionId, part, orders, position },
    },
  ];
}
