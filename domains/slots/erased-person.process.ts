import type { CloseLedgerCommand } from '@qingpu/contracts/commands/slots';
import { personEvents } from '@qingpu/contracts/events/residents';
import type { ProcessManager } from '@qingpu/domains-kernel/process-manager';

const { PersonErased } = personEvents;
const catalogue = { PersonErased };

/** Who was erased (已注销) books nothing more, and keeps nobody from the slots that they had booked. */
export const erasedPersonProcess: ProcessManager<typeof catalogue, CloseLedgerCommand> = {
  name: 'erased-person-bookings',
  catalogue,
  react: ({ data }) => [{ type: 'CloseLedger', personId: data.personId }],
};
