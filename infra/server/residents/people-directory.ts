import type { PersonContent } from '@qingpu/contracts/events/residents';
import type { FoundPersons, MaskedPerson } from '@qingpu/contracts/http/residents';
import type { EventLog } from '@qingpu/domains-kernel/event-log';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import type { Sealer } from '@qingpu/domains-kernel/sealing';
import { PeopleLog } from '@qingpu/domains-residents/people-log';
import { identityIndexesOf, mobileIndexOf, nameIndexOf } from '@qingpu/domains-residents/personal-data';
import type { PersonIndexes, Residents } from '@qingpu/read-models-residents/queries';
import type { ActedFor, People, PersonQuery } from './people.ts';

export interface PeopleParts {
  readonly log: Pick<EventLog, 'readStream'>;
  readonly sealer: Sealer;
  readonly residents: Residents;
}

/** Persons as the log has them where it counts, and as the view shows them where they are listed. */
export class PeopleDirectory implements People {
  readonly #log: PeopleLog;
  readonly #sealer: Sealer;
  readonly #residents: Residents;

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
    try {
      return await this.#log.knownContent(personId);
    } catch (error) {
      // The key goes before every reader knows of the erasure.
      if (error instanceof Rejection && error.code === 'person-erased') return undefined;
      throw error;
    }
  }

  #indexesOf({ identity, mobile, name }: PersonQuery): PersonIndexes {
    return {
      ...(identity !== undefined && { identity: identityIndexesOf(this.#sealer, identity) }),
      ...(mobile !== undefined && { mobile: mobileIndexOf(this.#sealer, mobile) }),
      ...(name !== undefined && { name: nameIndexOf(this.#sealer, name) }),
    };
  }
}
