import type { CardKind, FamilyRelation } from '@qingpu/contracts/codes/resident-tables';
import type { PersonContent } from '@qingpu/contracts/events/residents';
import type { MaskedPerson } from '@qingpu/contracts/http/residents';

/** A person that an account acts for. */
export interface ActedFor {
  readonly personId: string;
  readonly relation: 'self' | FamilyRelation;
  /** The account's holder consents for this child. */
  readonly guardian: boolean;
}

/** A card in clear. */
export interface OpenCard {
  readonly kind: CardKind;
  readonly number: string;
}

export interface CardHolder {
  readonly person: PersonContent;
  readonly card: OpenCard | undefined;
}

/** What names somebody exactly; everything given must fit. */
export interface PersonQuery {
  /** Number of an identity document of any kind. */
  readonly identity?: string | undefined;
  readonly mobile?: string | undefined;
  readonly name?: string | undefined;
}

/** What the other parts of the host may ask about persons. */
export interface People {
  /** The holder first, none before the registration. Read from the log, so that it counts at once. @throws EventLogUnavailable */
  personsOf(accountId: string): Promise<readonly ActedFor[]>;
  /** @throws EventLogUnavailable */
  actsFor(accountId: string, personId: string): Promise<boolean>;
  /** Names as lists show them: 王**, 已注销 once erased; ids that nobody has are missing. */
  maskedNames(personIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  maskedPersons(personIds: readonly string[]): Promise<ReadonlyMap<string, MaskedPerson>>;
  /** Ids of persons who are not erased, at most `limit`; none for an empty query. */
  findPersons(query: PersonQuery, limit: number): Promise<readonly string[]>;
  /** In clear, for deliveries; undefined for who is unknown or erased. @throws EventLogUnavailable */
  openPerson(personId: string): Promise<PersonContent | undefined>;
  /**
   * The person with one of their cards, as above and in one reading; without the card when they do not have it any more.
   * @throws EventLogUnavailable
   */
  openHolder(personId: string, cardId: string | null): Promise<CardHolder | undefined>;
}
