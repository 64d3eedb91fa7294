import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import {
  AnnounceScheduleChangeHandler,
  PublishAnnouncementHandler,
  ReviseAnnouncementHandler,
  WithdrawAnnouncementHandler,
} from './announcement.handlers.ts';
import { LandOrdersHandler, SettleDifferenceHandler } from './landing.handlers.ts';
import { ChangeScheduleHandler, RegisterScheduleHandler } from './schedule.handlers.ts';
import { ActOnBookingHandler, MarkRehomedHandler, SetFenceHandler } from './slot.handlers.ts';

/** The write side of the slot pool; the host provides the kernel's ports and those of `ports.ts`. */
@Module({
  imports: [CqrsModule],
  providers: [
    RegisterScheduleHandler,
    ChangeScheduleHandler,
    ActOnBookingHandler,
    SetFenceHandler,
    MarkRehomedHandler,
    PublishAnnouncementHandler,
    ReviseAnnouncementHandler,
    WithdrawAnnouncementHandler,
    AnnounceScheduleChangeHandler,
    LandOrdersHandler,
    SettleDifferenceHandler,
  ],
})
export class SlotsModule {}
