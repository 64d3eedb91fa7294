import {
  accountEvents,
  identityEvents,
  type PersonContent,
  personEvents,
  type Verification,
} from '@qingpu/contracts/events/residents';
import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import {
  type AcceptedOutcome,
  type CommandEnvelope,
  type CommandHandlingPorts,
  earlierOutcome,
  handleCommand,
} from '@qingpu/domains-kernel/command-handling';
import { itemCommandId } from '@qingpu/domains-kernel/event-ids';
import type { Sealer } from '@qingpu/domains-kernel/sealing';
import { type AccountCommand, type AccountContext, account } from './account.ts';
import { identity } from './identity.ts';
import { ageOf, PeopleLog } from './people-log.ts';
import { type MobileRule, person } from './person.ts';
import { identityIndexOf, sealPerson } from './personal-data.ts';
import type { IdentityRegister, PersonIds } from './ports.ts';
import { identityMismatch, identityUnknown } from './rejections.ts';
import { accountStream, identityStream, personStream } from './streams.ts';

export interface RegistrationPorts {
  readonly handling: CommandHandlingPorts;
  readonly sealer: Sealer;
  readonly register: IdentityRegister;
  readonly ids: PersonIds;
}

/** Whom a request was about, and up to where the log says so. */
export interface Registered {
  readonly personId: string;
  readonly position: string;
}

/** An account's command before it is known who the person is. */
type Wish<Command> = Command extends AccountCommand ? Omit<Command, 'personId'> : never;
export type AccountWish = Wish<Exclude<AccountCommand, { readonly type: 'RemoveFamilyMember' }>>;

/**
 * Real-name registration (F3.01). Each step is a command of its own under an id derived from the request's, on one
 * stream: claim the identity, register the person, bind the account. Whoever breaks off in between leaves no more than
 * a claim or a person without an account; the next attempt, anybody's, goes on from there.
 */
export class Registration {
  readonly #ports: RegistrationPorts;
  readonly #people: PeopleLog;

  constructor(ports: RegistrationPorts) {
    this.#ports = ports;
    this.#people = new PeopleLog(ports.handling.log, ports.sealer);
  }

  /** The account's holder, or a family member, as the register confirms them. @throws Rejection, IdentityRegisterUnavailable */
  async forAccount(
    wish: AccountWish,
    content: PersonContent,
    envelope: CommandEnvelope,
  ): Promise<Registered> {
    const stream = accountStream(wish.accountId);
    const index = this.#indexOf(content);
    const earlier = await earlierOutcome(this.#ports.handling, envelope, stream);
    const known = await this.#people.holderOf(index);
    if (earlier && known !== undefined) return { personId: known, position: earlier.position };

    const verification = await this.#verified(content);
    const child = await this.#admit(wish, known, content);
    const registered = await this.#identify(content, {
      verification,
      mobileRule: child ? 'kept' : 'mustMatch',
      envelope: stepOf(envelope, 1),
      claim: stepOf(envelope, 0),
    });
    const outcome = await handleCommand(this.#ports.handling, envelope, {
      stream,
      catalogue: accountEvents,
      decider: account,
      command: { ...wish, personId: registered.personId },
      context: () => this.#accountContext(wish.accountId, registered.personId, content),
    });
    return { personId: registered.personId, position: later(registered.position, outcome.position) };
  }

  /**
   * Who calls, or stands at the window. Where the register does not know the document, a member of staff who has seen
   * it answers for it. @throws Rejection, IdentityRegisterUnavailable
   */
  async atDesk(
    content: PersonContent,
    documentSeen: boolean,
    envelope: CommandEnvelope,
  ): Promise<Registered> {
    const known = await this.#people.holderOf(this.#indexOf(content));
    const earlier = known && (await earlierOutcome(this.#ports.handling, envelope, personStream(known)));
    if (known !== undefined && earlier) return { personId: known, position: earlier.position };
    const verification = await this.#verified(
      content,
      documentSeen ? { method: 'desk', reference: envelope.commandId } : undefined,
    );
    const mobileRule = documentSeen ? 'replaces' : 'kept';
    return this.#identify(content, { verification, mobileRule, envelope, claim: stepOf(envelope, 0) });
  }

  /** Whom a hospital names by a document, such as on its black list; the hospital answers for it. @throws Rejection */
  forPartner(content: PersonContent, partnerId: string, envelope: CommandEnvelope): Promise<Registered> {
    return this.#identify(content, {
      verification: { method: 'partner', reference: partnerId },
      mobileRule: 'kept',
      envelope,
      claim: stepOf(envelope, 0),
    });
  }

  async #verified(content: PersonContent, instead?: Verification): Promise<Verification> {
    const { name, identityKind, identityNumber } = content;
    const verdict = await this.#ports.register.check({ name, identityKind, identityNumber });
    if (verdict.result === 'mismatch') throw identityMismatch();
    if (verdict.result === 'verified') return { method: 'nationalRegister', reference: verdict.reference };
    if (!instead) throw identityUnknown();
    return instead;
  }

  /** What the account would say no to is said before anything is written. Tells whether the person is a child. */
  async #admit(wish: AccountWish, known: string | undefined, content: PersonContent): Promise<boolean> {
    const { clock, log } = this.#ports.handling;
    const isKnown = known !== undefined && (await this.#people.person(known)).status === 'known';
    const personId = isKnown ? known : this.#ports.ids.next();
    const context = await this.#accountContext(wish.accountId, personId, content);
    const state = await new PeopleLog(log, this.#ports.sealer).account(wish.accountId);
    account.decide(state, { ...wish, personId }, { ...context, now: clock.now() });
    return context.age < context.safeguards.guardianAge;
  }

  async #accountContext(
    accountId: string,
    personId: string,
    given: PersonContent,
  ): Promise<Omit<AccountContext, 'now'>> {
    const now = this.#ports.handling.clock.now();
    const known = await this.#people.knownContent(personId);
    return {
      safeguards: bookingSafeguards,
      age: ageOf(known?.birthDate == null ? given : known, now),
      holderAge: await this.#people.holderAge(accountId, now),
    };
  }

  /** Finds or creates the one person behind an identity number. */
  async #identify(content: PersonContent, how: Identification): Promise<Registered> {
    const { handling, sealer } = this.#ports;
    const personId = await this.#claim(this.#indexOf(content), how.claim);
    const known = await this.#people.knownContent(personId);
    const mobile = how.mobileRule === 'kept' ? (known?.mobile ?? content.mobile) : content.mobile;
    const outcome: AcceptedOutcome = await handleCommand(handling, how.envelope, {
      stream: personStream(personId),
      catalogue: personEvents,
      decider: person,
      command: {
        type: 'RegisterPerson',
        personId,
        data: await sealPerson(sealer, personId, { ...content, mobile }),
        verification: how.verification,
        mobileRule: how.mobileRule,
      },
      context: async () => ({}),
    });
    return { personId, position: outcome.position };
  }

  /** The winner of the identity number: this request's new id, or whoever was first. */
  async #claim(identityIndex: string, envelope: CommandEnvelope): Promise<string> {
    await handleCommand(this.#ports.handling, envelope, {
      stream: identityStream(identityIndex),
      catalogue: identityEvents,
      decider: identity,
      command: { type: 'ClaimIdentity', identityIndex, personId: this.#ports.ids.next() },
      context: async () => ({ holderErased: await this.#isHolderErased(identityIndex) }),
    });
    const winner = await this.#people.holderOf(identityIndex);
    if (winner === undefined) throw new Error('an identity that was claimed has no holder');
    return winner;
  }

  async #isHolderErased(identityIndex: string): Promise<boolean> {
    const holder = await this.#people.holderOf(identityIndex);
    return holder !== undefined && (await this.#people.person(holder)).status === 'erased';
  }

  #indexOf({ identityKind, identityNumber }: PersonContent): string {
    return identityIndexOf(this.#ports.sealer, identityKind, identityNumber);
  }
}

interface Identification {
  readonly verification: Verification;
  readonly mobileRule: MobileRule;
  /** Of the step that registers the person. */
  readonly envelope: CommandEnvelope;
  /** Of the step that claims the identity. */
  readonly claim: CommandEnvelope;
}

/** A step of a request: its own id, caused by the request. */
function stepOf(envelope: CommandEnvelope, index: number): CommandEnvelope {
  return {
    ...envelope,
    commandId: itemCommandId(envelope.commandId, index),
    causationId: envelope.commandId,
  };
}

function later(a: string, b: string): string {
  return BigInt(a) > BigInt(b) ? a : b;
}
