import type { CardKind } from '@qingpu/contracts/codes/resident-tables';
import {
  accountEvents,
  identityEvents,
  type PersonContent,
  personEvents,
} from '@qingpu/contracts/events/residents';
import type { EventLog } from '@qingpu/domains-kernel/event-log';
import { readStream } from '@qingpu/domains-kernel/read-stream';
import type { Sealer } from '@qingpu/domains-kernel/sealing';
import { type AccountState, account } from './account.ts';
import { ageOn } from './age.ts';
import { identity } from './identity.ts';
import { type PersonState, person } from './person.ts';
import { openCard, openPerson } from './personal-data.ts';
import { personUnknown } from './rejections.ts';
import { accountStream, identityStream, personStream } from './streams.ts';

/** A person and, where it was asked for and is known, a card of theirs, in clear. */
export interface CardHolder {
  readonly person: PersonContent;
  readonly card: { readonly kind: CardKind; readonly number: string } | undefined;
}

/** Identities, persons and accounts as their own streams say now. Every reading may throw EventLogUnavailable. */
export class PeopleLog {
  readonly #log: Pick<EventLog, 'readStream'>;
  readonly #sealer: Sealer;

  constructor(log: Pick<EventLog, 'readStream'>, sealer: Sealer) {
    this.#log = log;
    this.#sealer = sealer;
  }

  /** Who has the identity number; undefined when nobody does. */
  async holderOf(identityIndex: string): Promise<string | undefined> {
    const { personId } = await readStream(this.#log, identityStream(identityIndex), identityEvents, identity);
    return personId;
  }

  person(personId: string): Promise<PersonState> {
    return readStream(this.#log, personStream(personId), personEvents, person);
  }

  account(accountId: string): Promise<AccountState> {
    return readStream(this.#log, accountStream(accountId), accountEvents, account);
  }

  /** @throws Rejection when the person is unknown or has been erased */
  async content(personId: string): Promise<PersonContent> {
    const found = await this.knownContent(personId);
    if (!found) throw personUnknown();
    return found;
  }

  /** Undefined for a person who was never registered. @throws Rejection when they have been erased */
  async knownContent(personId: string): Promise<PersonContent | undefined> {
    const state = await this.person(personId);
    return state.status === 'known' ? openPerson(this.#sealer, state.data.person) : undefined;
  }

  /**
   * Opens a person as their stream was read, with one of their cards. Undefined for a person who was never registered;
   * without the card when they do not have it. @throws Rejection when they have been erased since
   */
  async knownHolder(state: PersonState, cardId: string | null): Promise<CardHolder | undefined> {
    if (state.status !== 'known') return undefined;
    const known = state.cards.find((card) => card.cardId === cardId);
    return {
      person: await openPerson(this.#sealer, state.data.person),
      card: known && { kind: known.kind, ...(await openCard(this.#sealer, known.card)) },
    };
  }

  /** Undefined when there is no such account, or its holder has been erased. */
  async holderAge(accountId: string, now: Date): Promise<number | undefined> {
    const { holder } = await this.account(accountId);
    if (holder === undefined || (await this.person(holder)).status !== 'known') return undefined;
    return ageOf(await this.content(holder), now);
  }
}

/**
 * Age in whole years. Somebody whom a hospital named without a date of birth counts as grown up: only what the register
 * or a desk has seen makes a child.
 */
export function ageOf({ birthDate }: PersonContent, now: Date): number {
  return birthDate === null ? Number.POSITIVE_INFINITY : ageOn(birthDate, now);
}
