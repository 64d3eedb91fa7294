import type { PersonContent } from '@qingpu/contracts/events/residents';
import type { FoundPersons, MaskedPerson } from '@qingpu/contracts/http/residents';
import type { EventLog } from '@qingpu/domains-kernel/event-log';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import type { Sealer } from '@qingpu/domains-kernel/sealing';
import { PeopleLog } from '@qingpu/domains-residents/people-log';
import type { PersonState } from '@qingpu/domains-residents/person';
import { identityIndexesOf, mobileIndexOf, nameIndexOf } from '@qingpu/domains-residents/personal-data';
import type { PersonIndexes, Residents } from '@qingpu/read-models-residents/queries';
import { ExpiringMemo } from '../slots/expiring-memo.ts';
import type { ActedFor, CardHolder, People, PersonQuery } from './people.ts';

export interface PeopleParts {
  readonly log: Pick<EventLog, 'readStream'>;
  readonly sealer: Sealer;
  readonly residents: Residents;
}

/** A booking is told to several at about the same time. What is kept is sealed: erasure closes it at once. */
const REMEMBERED = { lifeMs: 2_000, most: 5_000 };

/** Persons as the log has them where it counts, and as the view shows them where they are listed. */
export class PeopleDirectory implements People {
  readonly #log: PeopleLog;
  readonly #sealer: Sealer;
  readonly #residents: Residents;
  readonly #read = new ExpiringMemo<PersonState>(REMEMBERED);

  constructor({ log, sealer, residents }: PeopleParts) {
    this.#log = new PeopleLog(log, sealer);
    this.#sealer = sealer;
    this.#residents = residents;
  }

  async personsOf(accountId: string): Promise<readonly ActedFor[]> {
    const { holder, members } = await this.#log.account(accountId);
    if (holder === undefined) return [];
    return [{ personId: holder, relation: 'self', guardian: false }, ...members];
  }

  async actsFor(accountId: string, personId: string): Promise<boolean> {
    return (await this.personsOf(accountId)).some((acted) => acted.personId === personId);
  }

  async maskedNames(personIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const persons = await this.maskedPersons(personIds);
    return new Map([...persons].map(([personId, { name }]) => [personId, name]));
  }

  maskedPersons(personIds: readonly string[]): Promise<ReadonlyMap<string, MaskedPerson>> {
    return this.#residents.maskedPersons(personIds);
  }

  findPersons(query: PersonQuery, limit: number): Promise<readonly string[]> {
    return this.#residents.findIds(this.#indexesOf(query), limit);
  }

  /** Persons for the desk, masked. @throws PositionBeyondHead */
  search(query: PersonQuery, after?: string): Promise<FoundPersons> {
    return this.#residents.find(this.#indexesOf(query), after);
  }

  async openPerson(personId: string): Promise<PersonContent | undefined> {
    return (await this.openHolder(personId, null))?.person;
  }

  openHolder(personId: string, cardId: string | null): Promise<CardHolder | undefined> {
    return unlessErased(this.#openHolder(personId, cardId));
  }

  async #openHolder(personId: string, cardId: string | null): Promise<CardHolder | undefined> {
    const read = await this.#read.get(personId, () => this.#log.person(personId));
    if (read.status === 'absent') this.#read.forget(personId);
    return this.#log.knownHolder(read, cardId);
  }

  #indexesOf({ identity, mobile, name }: PersonQuery): PersonIndexes {
    return {
      ...(identity !== undefined && { identity: identityIndexesOf(this.#sealer, identity) }),
      ...(mobile !== undefined && { mobile: mobileIndexOf(this.#sealer, mobile) }),
      ...(name !== undefined && { name: nameIndexOf(this.#sealer, name) }),
    };
  }
}

/** Undefined for what is erased: the key goes before every reader knows of it. */
async function unlessErased<Content>(work: Promise<Content | undefined>): Promise<Content | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Rejection && error.code === 'person-erased') return undefined;
    throw error;
  }
}
