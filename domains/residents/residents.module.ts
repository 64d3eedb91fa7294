import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import {
  AddCardHandler,
  AddFamilyMemberHandler,
  ChangeMobileHandler,
  ChangePreviewHandler,
  ErasePersonHandler,
  IdentifyPersonHandler,
  RegisterCallerHandler,
  RegisterHolderHandler,
  RemoveCardHandler,
  RemoveFamilyMemberHandler,
} from './handlers.ts';

/** The write side of residents; the host provides the kernel's ports, the identity register and new ids of persons. */
@Module({
  imports: [CqrsModule],
  providers: [
    RegisterHolderHandler,
    AddFamilyMemberHandler,
    RemoveFamilyMemberHandler,
    RegisterCallerHandler,
    IdentifyPersonHandler,
    ChangeMobileHandler,
    AddCardHandler,
    RemoveCardHandler,
    ErasePersonHandler,
    ChangePreviewHandler,
  ],
})
export class ResidentsModule {}
