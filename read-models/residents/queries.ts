import { CHANNEL_KINDS } from '@qingpu/contracts/codes/directory-tables';
import { FAMILY_RELATIONS, PREVIEW_SERVICES } from '@qingpu/contracts/codes/resident-tables';
import { type Page } from '@qingpu/contracts/http/paging';
import {
  type FoundPersons,
  MAX_FOUND_PERSONS,
  type MaskedPerson,
  type MyPersons,
  PREVIEW_STATES,
  type PreviewItem,
  type PreviewsQuery,
} from '@qingpu/contracts/http/residents';
import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import { pageShape, windowOf } from '@qingpu/read-models-kernel/paging';
import { allAmong, allOf } from '@qingpu/read-models-kernel/readings';
import type { Freshness, ViewReader } from '@qingpu/read-models-kernel/view-reader';
import type { ViewFilter } from '@qingpu/read-models-kernel/view-store';
import { ERASED_NAME } from './projection.ts';
import type { CardDocument, MemberDocument, PersonDocument, PreviewDocument } from './view.ts';

/** Blind indexes of what names somebody; everything given must fit. */
export interface PersonIndexes {
  /** Of one number as a document of any kind. */
  readonly identity?: readonly string[] | undefined;
  readonly mobile?: string | undefined;
  readonly name?: string | undefined;
}

type MyPerson = MyPersons['items'][number];
const RELATION_NAMES = { self: '本人', ...FAMILY_RELATIONS } as const;

/** Answers about residents, in the shapes of `contracts/http/residents`; names of institutions are joined by the host. */
export class Residents {
  readonly #reader: ViewReader;

  constructor(reader: ViewReader) {
    this.#reader = reader;
  }

  /** The persons of one account, the holder first, then as they were added. @throws PositionBeyondHead */
  async personsOf(accountId: string, after?: string): Promise<MyPersons> {
    const fresh = await this.fresh(after);
    const members = await allOf<MemberDocument>(this.#reader, 'members', { accountId, status: 'active' });
    const ids = members.map(({ personId }) => personId);
    const [persons, cards] = await Promise.all([this.maskedPersons(ids), this.#cardsOf(ids)]);
    const items = members
      .sort((a, b) => order(a) - order(b) || (a.since < b.since ? -1 : 1))
      .flatMap((member) => myPerson(member, persons.get(member.personId), cards));
    const holder = items.find(({ relation }) => relation === 'self');
    return {
      registered: holder !== undefined && !holder.erased,
      items,
      familyMembers: bookingSafeguards.familyMembers,
      guardianAge: bookingSafeguards.guardianAge,
      ...fresh,
    };
  }

  /** Masked persons by id; ids that nobody has are missing. */
  async maskedPersons(personIds: readonly string[]): Promise<ReadonlyMap<string, MaskedPerson>> {
    const found = await allAmong<PersonDocument>(this.#reader, 'persons', '_id', personIds);
    return new Map(found.map((document) => [document._id, maskedShape(document)]));
  }

  /** Persons whom all given indexes fit, erased ones never; nobody for none. @throws PositionBeyondHead */
  async find(indexes: PersonIndexes, after?: string): Promise<FoundPersons> {
    const fresh = await this.fresh(after);
    const found = await this.#found(indexes, MAX_FOUND_PERSONS + 1);
    const items = found.slice(0, MAX_FOUND_PERSONS).map(maskedShape);
    return { items, more: found.length > MAX_FOUND_PERSONS, ...fresh };
  }

  /** Ids of persons whom all given indexes fit, at most `limit`. */
  async findIds(indexes: PersonIndexes, limit: number): Promise<readonly string[]> {
    return (await this.#found(indexes, limit)).map(({ _id }) => _id);
  }

  /** The preview list, newest first; `personIds` narrows it to these persons. @throws PositionBeyondHead */
  async previews(query: PreviewsQuery, personIds?: readonly string[]): Promise<Page<PreviewItem>> {
    const window = windowOf(query);
    const fresh = await this.fresh(query.after);
    const filter: ViewFilter = {
      state: query.state === 'all' ? { $in: Object.keys(PREVIEW_STATES) } : query.state,
      ...(query.channel !== undefined && { channel: query.channel }),
      ...(query.service !== undefined && { service: query.service }),
      ...(personIds !== undefined && { personId: { $in: personIds } }),
    };
    const [found, total] = await Promise.all([
      this.#reader.find<PreviewDocument>('previews', {
        filter,
        sort: { at: -1, _id: 1 },
        skip: window.skip,
        limit: window.size,
      }),
      this.#reader.count('previews', filter),
    ]);
    const persons = await this.maskedPersons(found.map(({ personId }) => personId));
    return pageShape(
      window,
      fresh,
      found.map((document) => previewItem(document, persons)),
      total,
    );
  }

  /** Waits, bounded, for a log position. @throws PositionBeyondHead */
  fresh(after?: string): Promise<Freshness> {
    return this.#reader.freshness(after === undefined ? undefined : BigInt(after));
  }

  async #found({ identity, mobile, name }: PersonIndexes, limit: number): Promise<PersonDocument[]> {
    const filter: ViewFilter = {
      ...(identity !== undefined && { identityIndex: { $in: identity } }),
      ...(mobile !== undefined && { mobileIndex: mobile }),
      ...(name !== undefined && { nameIndex: name }),
    };
    if (Object.keys(filter).length === 0) return [];
    return this.#reader.find<PersonDocument>('persons', { filter, sort: { _id: 1 }, limit });
  }

  async #cardsOf(personIds: readonly string[]): Promise<readonly CardDocument[]> {
    return allAmong<CardDocument>(this.#reader, 'cards', 'personId', personIds, { status: 'held' });
  }
}

function order({ relation }: MemberDocument): number {
  return relation === 'self' ? 0 : 1;
}

/** A member whose person the view has not taken in yet is left out; it comes with the next event. */
function myPerson(
  { relation, guardian }: MemberDocument,
  person: MaskedPerson | undefined,
  cards: readonly CardDocument[],
): MyPerson[] {
  if (!person) return [];
  const own = cards.filter((card) => card.personId === person.personId).map(cardShape);
  return [{ ...person, relation, relationName: RELATION_NAMES[relation], guardian, cards: own }];
}

function cardShape({ _id, kind, number, institutionCode }: CardDocument): MyPerson['cards'][number] {
  return { cardId: _id, kind, number, institutionCode, institutionName: null };
}

function maskedShape(document: PersonDocument): MaskedPerson {
  const { _id, name, identityKind, identityNumber, mobile, sex, verification, status } = document;
  const erased = status === 'erased';
  return { personId: _id, name, identityKind, identityNumber, mobile, sex, verification, erased };
}

function previewItem(
  { personId, channel, service, state, reason, at }: PreviewDocument,
  persons: ReadonlyMap<string, MaskedPerson>,
): PreviewItem {
  const person = persons.get(personId);
  return {
    personId,
    personName: person?.name ?? ERASED_NAME,
    mobile: person?.mobile ?? '',
    channel,
    channelName: CHANNEL_KINDS[channel],
    service: service as PreviewItem['service'],
    serviceName: PREVIEW_SERVICES[service as PreviewItem['service']] ?? service,
    state,
    stateName: PREVIEW_STATES[state],
    reason,
    at,
  };
}
