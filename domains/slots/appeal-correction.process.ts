import type { CorrectAppealedCommand } from '@qingpu/contracts/commands/slots';
import { ledgerEvents } from '@qingpu/contracts/events/slots';
import type { ProcessManager } from '@qingpu/domains-kernel/process-manager';

const { AppealDecided } = ledgerEvents;
const catalogue = { AppealDecided };

/** An appeal that was upheld corrects the outcome on the slot; from there the ledger hears of it like of any correction. */
export const appealCorrectionProcess: ProcessManager<typeof catalogue, CorrectAppealedCommand> = {
  name: 'appeal-correction',
  catalogue,
  react({ data: { personId, appealId, upheld, reason } }) {
    return upheld ? [{ type: 'CorrectAppealed', personId, appealId, reason }] : [];
  },
};
