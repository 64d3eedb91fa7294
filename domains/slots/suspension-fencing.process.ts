import type { FenceSlotCommand, UnfenceSlotCommand } from '@qingpu/contracts/commands/slots';
import { scheduleEvents } from '@qingpu/contracts/events/slots';
import type { ProcessManager } from '@qingpu/domains-kernel/process-manager';

const { ScheduleSuspended, SlotsWithdrawn, SuspensionRevoked } = scheduleEvents;
const catalogue = { ScheduleSuspended, SlotsWithdrawn, SuspensionRevoked };

/** Fences every slot that the event names, untouched ones included, and takes the fences down again (F1.18, F2.06). */
export const suspensionFencingProcess: ProcessManager<
  typeof catalogue,
  FenceSlotCommand | UnfenceSlotCommand
> = {
  name: 'suspension-fencing',
  catalogue,
  react({ type, data }) {
    const { institutionCode, scheduleId } = data;
    const slots = data.slotIds.map((slotId) => ({ institutionCode, scheduleId, slotId }));
    switch (type) {
      case 'ScheduleSuspended':
        return slots.map((slot) => fence(slot, 'suspension', data.suspensionId));
      case 'SlotsWithdrawn':
        return slots.map((slot) => fence(slot, 'withdrawal', data.withdrawalId));
      case 'SuspensionRevoked':
        return slots.map((slot) => ({ type: 'UnfenceSlot', ...slot, causeId: data.suspensionId }));
    }
  },
};

type Slot = Pick<FenceSlotCommand, 'institutionCode' | 'scheduleId' | 'slotId'>;

function fence(slot: Slot, cause: FenceSlotCommand['cause'], causeId: string): FenceSlotCommand {
  return { type: 'FenceSlot', ...slot, cause, causeId };
}
