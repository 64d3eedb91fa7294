import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import {
  ChangeEntryHandler,
  CloseEntryHandler,
  DestroyPersonKeyHandler,
  RegisterEntryHandler,
} from './handlers.ts';
import { ActOnContractHandler } from './partner-contract.handlers.ts';

/** The write side of the directory; the host provides the kernel's ports. */
@Module({
  imports: [CqrsModule],
  providers: [
    RegisterEntryHandler,
    ChangeEntryHandler,
    CloseEntryHandler,
    DestroyPersonKeyHandler,
    ActOnContractHandler,
  ],
})
export class InstitutionsModule {}
