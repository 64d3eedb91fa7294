import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { RecordAttemptHandler, RequestDeliveryHandler } from './handlers.ts';

/** The write side of deliveries; the host provides the kernel's ports. */
@Module({ imports: [CqrsModule], providers: [RequestDeliveryHandler, RecordAttemptHandler] })
export class MessagingModule {}
