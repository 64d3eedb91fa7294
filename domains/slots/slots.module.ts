import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ActOnAllotmentHandler, SetChannelQuotaHandler } from './allotment.handlers.ts';
import {
  AnnounceScheduleChangeHandler,
  PublishAnnouncementHandler,
  ReviseAnnouncementHandler,
  WithdrawAnnouncementHandler,
} from './announcement.handlers.ts';
import {
  BookAppointmentHandler,
  SettleOpenClaimHandler,
  SettleSharedOrderHandler,
} from './booking.handlers.ts';
import { LandOrdersHandler, SettleDifferenceHandler } from './landing.handlers.ts';
import {
  BlockPersonHandler,
  CloseLedgerHandler,
  CorrectAppealedHandler,
  DecideAppealHandler,
  FileAppealHandler,
  FollowSlotHandler,
  RestoreRightsHandler,
  UnblockPersonHandler,
} from './ledger.handlers.ts';
import { ChangeScheduleHandler, RegisterScheduleHandler } from './schedule.handlers.ts';
import {
  ActOnBookingHandler,
  MarkRehomedHandler,
  RegisterPaidVisitHandler,
  SetFenceHandler,
} from './slot.handlers.ts';
import {
  ConfirmOfferHandler,
  JoinWaitlistHandler,
  LeaveWaitlistHandler,
  OfferReturnedSlotHandler,
} from './waitlist.handlers.ts';

/** The write side of the slot pool; the host provides the kernel's ports and those of `ports.ts`. */
@Module({
  imports: [CqrsModule],
  providers: [
    SetChannelQuotaHandler,
    ActOnAllotmentHandler,
    RegisterScheduleHandler,
    ChangeScheduleHandler,
    ActOnBookingHandler,
    SetFenceHandler,
    MarkRehomedHandler,
    RegisterPaidVisitHandler,
    BookAppointmentHandler,
    SettleOpenClaimHandler,
    SettleSharedOrderHandler,
    FollowSlotHandler,
    RestoreRightsHandler,
    BlockPersonHandler,
    UnblockPersonHandler,
    FileAppealHandler,
    DecideAppealHandler,
    CorrectAppealedHandler,
    CloseLedgerHandler,
    JoinWaitlistHandler,
    LeaveWaitlistHandler,
    ConfirmOfferHandler,
    OfferReturnedSlotHandler,
    PublishAnnouncementHandler,
    ReviseAnnouncementHandler,
    WithdrawAnnouncementHandler,
    AnnounceScheduleChangeHandler,
    LandOrdersHandler,
    SettleDifferenceHandler,
  ],
})
export class SlotsModule {}
