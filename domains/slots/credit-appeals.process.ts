import { orderNumberOf } from '@qingpu/contracts/codes/order-number';
import type { RequestDeliveryCommand } from '@qingpu/contracts/commands/messaging';
import { ledgerEvents } from '@qingpu/contracts/events/slots';
import {
  type AppealOutcomePayload,
  CREDIT_PLATFORM,
} from '@qingpu/contracts/partners/credit-platform/appeal-outcome';
import { reactionCommandId } from '@qingpu/domains-kernel/event-ids';
import type { ProcessManager } from '@qingpu/domains-kernel/process-manager';

const { AppealDecided } = ledgerEvents;
const catalogue = { AppealDecided };
const NAME = 'credit-appeals';

/** Reports to the city's credit platform that an appeal against a broken appointment was upheld (征信申诉, F3.07). */
export const creditAppealsProcess: ProcessManager<typeof catalogue, RequestDeliveryCommand> = {
  name: NAME,
  catalogue,
  react({ data: { personId, appealId, upheld, subject } }, { stream, metadata }) {
    if (!upheld || subject?.kind !== 'booking') return [];
    const deliveryId = creditReportId(appealId);
    const payload: AppealOutcomePayload = {
      deliveryId,
      appealId,
      orderNumber: orderNumberOf(subject.id),
      personId,
      result: 'upheld',
      decidedAt: metadata.occurredAt,
    };
    const order = `${CREDIT_PLATFORM} ${stream}`;
    return [
      {
        type: 'RequestDelivery',
        deliveryId,
        kind: 'credit-appeal',
        recipient: CREDIT_PLATFORM,
        order,
        payload,
      },
    ];
  },
};

/** Under which the report of an appeal is delivered: an appeal is decided once. */
export function creditReportId(appealId: string): string {
  return reactionCommandId(NAME, appealId, 0);
}
