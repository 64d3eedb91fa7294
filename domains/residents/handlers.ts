import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ChannelKind } from '@qingpu/contracts/codes/directory-tables';
import type { CardKind, FamilyRelation } from '@qingpu/contracts/codes/resident-tables';
import { accountEvents, personEvents, previewEvents } from '@qingpu/contracts/events/residents';
import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import {
  type AcceptedOutcome,
  type CommandEnvelope,
  type CommandHandlingPorts,
  handleCommand,
} from '@qingpu/domains-kernel/command-handling';
import { itemCommandId } from '@qingpu/domains-kernel/event-ids';
import type { Sealer } from '@qingpu/domains-kernel/sealing';
import { COMMAND_HANDLING_PORTS, SEALER } from '@qingpu/domains-kernel/tokens';
import { account } from './account.ts';
import { PeopleLog } from './people-log.ts';
import { isSameCard, type PersonCommand, person, type SealedCard } from './person.ts';
import {
  cardIndexOf,
  contentOf,
  type NamedPerson,
  personSubject,
  sealPerson,
  unlessErased,
} from './personal-data.ts';
import { IDENTITY_REGISTER, type IdentityRegister, PERSON_IDS, type PersonIds } from './ports.ts';
import { type PreviewCommand, preview } from './preview.ts';
import { type Registered, Registration } from './registration.ts';
import { accountStream, personStream, previewStream } from './streams.ts';

/** Who the holder of an account is, by real name (F3.01). */
export class RegisterHolder extends Command<Registered> {
  constructor(
    readonly accountId: string,
    readonly person: NamedPerson,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** Somebody whom the account acts for besides its holder; `guardianConsent` for a child. */
export class AddFamilyMember extends Command<Registered> {
  constructor(
    readonly accountId: string,
    readonly member: {
      readonly person: NamedPerson;
      readonly relation: FamilyRelation;
      readonly guardianConsent: boolean;
    },
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

export class RemoveFamilyMember extends Command<AcceptedOutcome> {
  constructor(
    readonly accountId: string,
    readonly personId: string,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** Who calls, or stands at the window. `documentSeen`: the staff has the document before their eyes. */
export class RegisterCaller extends Command<Registered> {
  constructor(
    readonly person: NamedPerson,
    readonly documentSeen: boolean,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** Whom a partner names by a document, such as on a black list: found, or created. */
export class IdentifyPerson extends Command<Registered> {
  constructor(
    readonly person: NamedPerson,
    readonly partnerId: string,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

export class ChangeMobile extends Command<AcceptedOutcome> {
  constructor(
    readonly personId: string,
    readonly mobile: string,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

export class AddCard extends Command<AcceptedOutcome & { readonly cardId: string }> {
  constructor(
    readonly personId: string,
    readonly card: {
      readonly kind: CardKind;
      readonly number: string;
      readonly institutionCode: string | null;
    },
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

export class RemoveCard extends Command<AcceptedOutcome> {
  constructor(
    readonly personId: string,
    readonly cardId: string,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** Makes a person unreadable for ever. */
export class ErasePerson extends Command<AcceptedOutcome> {
  constructor(
    readonly personId: string,
    readonly reason: string,
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** Puts a person on the preview list (白名单), or takes them off, for one service on one channel. */
export class ChangePreview extends Command<AcceptedOutcome> {
  constructor(
    readonly act: PreviewCommand['type'],
    readonly preview: {
      readonly personId: string;
      readonly channel: ChannelKind;
      readonly service: string;
      readonly reason: string;
    },
    readonly envelope: CommandEnvelope,
  ) {
    super();
  }
}

/** What the handlers that ask the register and make persons share. */
abstract class RegistrationHandler {
  protected readonly registration: Registration;

  constructor(
    @Inject(COMMAND_HANDLING_PORTS) handling: CommandHandlingPorts,
    @Inject(SEALER) sealer: Sealer,
    @Inject(IDENTITY_REGISTER) register: IdentityRegister,
    @Inject(PERSON_IDS) ids: PersonIds,
  ) {
    this.registration = new Registration({ handling, sealer, register, ids });
  }
}

@CommandHandler(RegisterHolder)
export class RegisterHolderHandler extends RegistrationHandler implements ICommandHandler<RegisterHolder> {
  execute({ accountId, person: named, envelope }: RegisterHolder): Promise<Registered> {
    return this.registration.forAccount({ type: 'BindAccount', accountId }, contentOf(named), envelope);
  }
}

@CommandHandler(AddFamilyMember)
export class AddFamilyMemberHandler extends RegistrationHandler implements ICommandHandler<AddFamilyMember> {
  execute({ accountId, member, envelope }: AddFamilyMember): Promise<Registered> {
    const { person: named, relation, guardianConsent } = member;
    const wish = { type: 'AddFamilyMember', accountId, relation, guardianConsent } as const;
    return this.registration.forAccount(wish, contentOf(named), envelope);
  }
}

@CommandHandler(RegisterCaller)
export class RegisterCallerHandler extends RegistrationHandler implements ICommandHandler<RegisterCaller> {
  execute({ person: named, documentSeen, envelope }: RegisterCaller): Promise<Registered> {
    return this.registration.atDesk(contentOf(named), documentSeen, envelope);
  }
}

@CommandHandler(IdentifyPerson)
export class IdentifyPersonHandler extends RegistrationHandler implements ICommandHandler<IdentifyPerson> {
  execute({ person: named, partnerId, envelope }: IdentifyPerson): Promise<Registered> {
    return this.registration.forPartner(contentOf(named), partnerId, envelope);
  }
}

/** What the handlers of known persons share. */
abstract class PersonHandler {
  protected readonly people: PeopleLog;

  constructor(
    @Inject(COMMAND_HANDLING_PORTS) protected readonly ports: CommandHandlingPorts,
    @Inject(SEALER) protected readonly sealer: Sealer,
  ) {
    this.people = new PeopleLog(ports.log, sealer);
  }

  protected handle(command: PersonCommand, envelope: CommandEnvelope): Promise<AcceptedOutcome> {
    return handleCommand(this.ports, envelope, {
      stream: personStream(command.personId),
      catalogue: personEvents,
      decider: person,
      command,
      context: async () => ({}),
    });
  }
}

@CommandHandler(ChangeMobile)
export class ChangeMobileHandler extends PersonHandler implements ICommandHandler<ChangeMobile> {
  async execute({ personId, mobile, envelope }: ChangeMobile): Promise<AcceptedOutcome> {
    const content = await this.people.content(personId);
    const data = await sealPerson(this.sealer, personId, { ...content, mobile });
    return this.handle({ type: 'ChangeMobile', personId, data }, envelope);
  }
}

@CommandHandler(AddCard)
export class AddCardHandler extends PersonHandler implements ICommandHandler<AddCard> {
  async execute({ personId, card: { number, ...card }, envelope }: AddCard) {
    const sealed: SealedCard = {
      ...card,
      cardId: itemCommandId(envelope.commandId, 0),
      card: await unlessErased(this.sealer.seal(personSubject(personId), { number })),
      cardIndex: cardIndexOf(this.sealer, number),
    };
    const outcome = await this.handle({ type: 'AddCard', personId, card: sealed }, envelope);
    return { ...outcome, cardId: await this.#idOf(personId, sealed) };
  }

  /** A card that was there before keeps the id it has. */
  async #idOf(personId: string, card: SealedCard): Promise<string> {
    const state = await this.people.person(personId);
    const known = state.status === 'known' ? state.cards.find((other) => isSameCard(other, card)) : undefined;
    return known?.cardId ?? card.cardId;
  }
}

@CommandHandler(RemoveCard)
export class RemoveCardHandler extends PersonHandler implements ICommandHandler<RemoveCard> {
  execute({ personId, cardId, envelope }: RemoveCard): Promise<AcceptedOutcome> {
    return this.handle({ type: 'RemoveCard', personId, cardId }, envelope);
  }
}

@CommandHandler(ErasePerson)
export class ErasePersonHandler extends PersonHandler implements ICommandHandler<ErasePerson> {
  execute({ personId, reason, envelope }: ErasePerson): Promise<AcceptedOutcome> {
    return this.handle({ type: 'ErasePerson', personId, reason }, envelope);
  }
}

@CommandHandler(RemoveFamilyMember)
export class RemoveFamilyMemberHandler extends PersonHandler implements ICommandHandler<RemoveFamilyMember> {
  execute({ accountId, personId, envelope }: RemoveFamilyMember): Promise<AcceptedOutcome> {
    return handleCommand(this.ports, envelope, {
      stream: accountStream(accountId),
      catalogue: accountEvents,
      decider: account,
      command: { type: 'RemoveFamilyMember', accountId, personId },
      // Who leaves is asked no age.
      context: async () => ({ safeguards: bookingSafeguards, age: 0, holderAge: undefined }),
    });
  }
}

@CommandHandler(ChangePreview)
export class ChangePreviewHandler extends PersonHandler implements ICommandHandler<ChangePreview> {
  execute({ act, preview: wanted, envelope }: ChangePreview): Promise<AcceptedOutcome> {
    return handleCommand(this.ports, envelope, {
      stream: previewStream(wanted.personId),
      catalogue: previewEvents,
      decider: preview,
      command: { type: act, ...wanted },
      context: async () => ({ person: (await this.people.person(wanted.personId)).status }),
    });
  }
}
