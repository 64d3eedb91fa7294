import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import {
  CallOffPaymentHandler,
  FollowPaymentHandler,
  ReportPaidHandler,
  RequestPaymentHandler,
  RetryRefundHandler,
  SettleRefundByHandHandler,
} from './handlers.ts';
import {
  CompareStatementHandler,
  ExpectStatementHandler,
  SettleStatementDifferenceHandler,
} from './statement.handlers.ts';

/** The write side of payments; the host provides the kernel's ports and the gateway. */
@Module({
  imports: [CqrsModule],
  providers: [
    RequestPaymentHandler,
    FollowPaymentHandler,
    ReportPaidHandler,
    CallOffPaymentHandler,
    RetryRefundHandler,
    SettleRefundByHandHandler,
    ExpectStatementHandler,
    CompareStatementHandler,
    SettleStatementDifferenceHandler,
  ],
})
export class PaymentsModule {}
