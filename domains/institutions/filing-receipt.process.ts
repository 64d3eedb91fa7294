import type { RequestDeliveryCommand } from '@qingpu/contracts/commands/messaging';
import { institutionEvents } from '@qingpu/contracts/events/institutions';
import type { FilingReceipt } from '@qingpu/contracts/partners/hospital/filing-receipt';
import type { ProcessManager } from '@qingpu/domains-kernel/process-manager';

const { BookingRuleFiled } = institutionEvents;
const catalogue = { BookingRuleFiled };

/** Tells the hospital that a version of its booking rule is on file (F2.04), in the order of the versions. */
export const filingReceiptProcess: ProcessManager<typeof catalogue, RequestDeliveryCommand> = {
  name: 'filing-receipt',
  catalogue,
  react: ({ data }, stored) => {
    const payload: FilingReceipt = {
      deliveryId: stored.id,
      institutionCode: data.institutionCode,
      ruleCode: data.code,
      ruleVersion: data.ruleVersion,
      filingNumber: data.filingNumber,
      filedAt: stored.metadata.occurredAt,
    };
    return [
      {
        type: 'RequestDelivery',
        deliveryId: stored.id,
        kind: 'filing-receipt',
        recipient: data.institutionCode,
        order: stored.stream,
        payload,
      },
    ];
  },
};
