import type { Command, CommandBus } from '@nestjs/cqrs';
import type {
  AnnounceScheduleChangeCommand,
  CloseLedgerCommand,
  CorrectAppealedCommand,
  FenceSlotCommand,
  LedgerProcessCommand,
  MarkRehomedCommand,
  OfferReturnedSlotCommand,
  RegisterPaidVisitCommand,
  ReturnAllotmentCommand,
  UnfenceSlotCommand,
  WithdrawAnnouncementCommand,
} from '@qingpu/contracts/commands/slots';
import type { CommandEnvelope } from '@qingpu/domains-kernel/command-handling';
import { ActOnAllotment } from '@qingpu/domains-slots/allotment.handlers';
import { allotmentReturnProcess } from '@qingpu/domains-slots/allotment-return.process';
import { AnnounceScheduleChange, WithdrawAnnouncement } from '@qingpu/domains-slots/announcement.handlers';
import { appealCorrectionProcess } from '@qingpu/domains-slots/appeal-correction.process';
import { bookingSettlementProcess } from '@qingpu/domains-slots/booking-settlement.process';
import { channelNoticesProcess } from '@qingpu/domains-slots/channel-notices.process';
import { creditAppealsProcess } from '@qingpu/domains-slots/credit-appeals.process';
import { erasedPersonProcess } from '@qingpu/domains-slots/erased-person.process';
import { hospitalOrdersProcess } from '@qingpu/domains-slots/hospital-orders.process';
import { CloseLedger, CorrectAppealed, FollowSlot } from '@qingpu/domains-slots/ledger.handlers';
import { MarkRehomed, RegisterPaidVisit, SetFence } from '@qingpu/domains-slots/slot.handlers';
import { suspensionAnnouncementProcess } from '@qingpu/domains-slots/suspension-announcement.process';
import { suspensionFencingProcess } from '@qingpu/domains-slots/suspension-fencing.process';
import { OfferReturnedSlot } from '@qingpu/domains-slots/waitlist.handlers';
import { waitlistProcess } from '@qingpu/domains-slots/waitlist.process';

/** The process managers of the slot pool. */
export const SLOT_PROCESSES = [
  suspensionFencingProcess,
  bookingSettlementProcess,
  hospitalOrdersProcess,
  channelNoticesProcess,
  suspensionAnnouncementProcess,
  waitlistProcess,
  appealCorrectionProcess,
  allotmentReturnProcess,
  erasedPersonProcess,
  creditAppealsProcess,
] as const;

/** What they ask of the slot pool itself. */
export type SlotProcessCommand =
  | FenceSlotCommand
  | UnfenceSlotCommand
  | LedgerProcessCommand
  | MarkRehomedCommand
  | CorrectAppealedCommand
  | CloseLedgerCommand
  | OfferReturnedSlotCommand
  | RegisterPaidVisitCommand
  | ReturnAllotmentCommand
  | AnnounceScheduleChangeCommand
  | WithdrawAnnouncementCommand;

type Of<Type extends SlotProcessCommand['type']> = Extract<SlotProcessCommand, { type: Type }>;
type Senders = {
  readonly [Type in SlotProcessCommand['type']]: (
    command: Of<Type>,
    envelope: CommandEnvelope,
  ) => Command<unknown>;
};

const SENDERS: Senders = {
  FenceSlot: (command, envelope) => new SetFence(command, envelope),
  UnfenceSlot: (command, envelope) => new SetFence(command, envelope),
  SettleClaim: (command, envelope) => new FollowSlot(command, envelope),
  CloseBooking: (command, envelope) => new FollowSlot(command, envelope),
  CorrectClosure: (command, envelope) => new FollowSlot(command, envelope),
  MarkRehomed: (command, envelope) => new MarkRehomed(command, envelope),
  CorrectAppealed: (command, envelope) => new CorrectAppealed(command, envelope),
  CloseLedger: ({ personId }, envelope) => new CloseLedger(personId, envelope),
  ReturnAllotment: (command, envelope) => new ActOnAllotment(command, envelope),
  OfferReturnedSlot: (command, envelope) => new OfferReturnedSlot(command, envelope),
  RegisterPaidVisit: (command, envelope) => new RegisterPaidVisit(command, envelope),
  AnnounceScheduleChange: (command, envelope) => new AnnounceScheduleChange(command, envelope),
  WithdrawAnnouncement: (command, envelope) => new WithdrawAnnouncement(command, envelope),
};

/** Whether a process manager's command is for the slot pool. */
export function isSlotCommand(command: { readonly type: string }): command is SlotProcessCommand {
  return Object.hasOwn(SENDERS, command.type);
}

export async function sendSlotCommand(
  bus: CommandBus,
  command: SlotProcessCommand,
  envelope: CommandEnvelope,
): Promise<void> {
  const send = SENDERS[command.type] as (
    command: SlotProcessCommand,
    envelope: CommandEnvelope,
  ) => Command<unknown>;
  await bus.execute(send(command, envelope));
}
