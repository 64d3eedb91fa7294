import type { CardKind } from '@qingpu/contracts/codes/resident-tables';
import { MAX_CARDS, type PersonEvent, type Verification } from '@qingpu/contracts/events/residents';
import type { Sealed } from '@qingpu/contracts/events/sealed';
import type { DecisionTime } from '@qingpu/domains-kernel/command-handling';
import type { Decider } from '@qingpu/domains-kernel/decider';
import {
  cardsFull,
  cardUnknown,
  identityMismatch,
  mobileDiffers,
  personErased,
  personMoved,
  personUnknown,
} from './rejections.ts';

/** A person's data, sealed before it reaches the decider. */
export interface SealedPerson {
  readonly person: Sealed;
  readonly personFingerprint: string;
  readonly identityIndex: string;
  readonly nameIndex: string;
  readonly mobileIndex: string | null;
}

export interface SealedCard {
  readonly cardId: string;
  readonly kind: CardKind;
  readonly institutionCode: string | null;
  readonly card: Sealed;
  readonly cardIndex: string;
}

/**
 * What another mobile means when the person is known already: who registers themselves must name the one on file
 * (`mustMatch`), a desk that has seen the document may change it (`replaces`), everybody else leaves it (`kept`).
 */
export type MobileRule = 'mustMatch' | 'replaces' | 'kept';

export type PersonCommand = { readonly personId: string } & (
  | {
      readonly type: 'RegisterPerson';
      readonly data: SealedPerson;
      readonly verification: Verification;
      readonly mobileRule: MobileRule;
    }
  /** `data` is the person as read before, with another mobile. */
  | { readonly type: 'ChangeMobile'; readonly data: SealedPerson }
  | { readonly type: 'AddCard'; readonly card: SealedCard }
  | { readonly type: 'RemoveCard'; readonly cardId: string }
  | { readonly type: 'ErasePerson'; readonly reason: string }
);
type Command<Type extends PersonCommand['type']> = Extract<PersonCommand, { readonly type: Type }>;

export interface KnownPerson {
  readonly status: 'known';
  readonly data: SealedPerson;
  readonly method: Verification['method'];
  readonly cards: readonly SealedCard[];
}

export type PersonState = { readonly status: 'absent' } | { readonly status: 'erased' } | KnownPerson;

/** A person: registered once, their name fixed from then on, erased at the end. */
export const person: Decider<PersonState, PersonCommand, PersonEvent, DecisionTime> = {
  initialState: { status: 'absent' },
  evolve,
  decide(state, command) {
    if (state.status === 'erased') return decideErased(command);
    if (command.type === 'RegisterPerson') return register(state, command);
    if (state.status === 'absent') throw personUnknown();
    switch (command.type) {
      case 'ChangeMobile':
        return changeMobile(state, command);
      case 'AddCard':
        return addCard(state, command);
      case 'RemoveCard':
        return removeCard(state, command);
      case 'ErasePerson':
        return erase(state, command);
    }
  },
};

function decideErased({ type }: PersonCommand): readonly PersonEvent[] {
  if (type === 'ErasePerson') return [];
  throw personErased();
}

function register(
  state: Exclude<PersonState, { status: 'erased' }>,
  command: Command<'RegisterPerson'>,
): readonly PersonEvent[] {
  const { personId, data, verification } = command;
  if (state.status === 'absent')
    return [{ type: 'PersonRegistered', data: { personId, ...data, verification } }];
  if (command.mobileRule === 'mustMatch' && !mobileFits(state, data)) throw mobileDiffers();
  if (bringsVerification(state, command))
    return [{ type: 'PersonVerified', data: { personId, ...data, verification } }];
  if (data.nameIndex !== state.data.nameIndex) throw identityMismatch();
  if (command.mobileRule === 'replaces') return changed(state, personId, data);
  return [];
}

/** The mobile on file proves that it is the person who asks; one that only a hospital named proves nothing. */
function mobileFits({ data: known, method }: KnownPerson, data: SealedPerson): boolean {
  return method === 'partner' || known.mobileIndex === null || known.mobileIndex === data.mobileIndex;
}

/** The register's word is better than a desk's or a partner's, and it alone may change a name. */
function bringsVerification(
  { data: known, method }: KnownPerson,
  { data, verification }: Command<'RegisterPerson'>,
): boolean {
  if (verification.method !== 'nationalRegister') return false;
  return method !== 'nationalRegister' || known.nameIndex !== data.nameIndex;
}

function changeMobile(state: KnownPerson, { personId, data }: Command<'ChangeMobile'>) {
  // The register changed the name in between: sealing the old one again would undo it.
  if (data.nameIndex !== state.data.nameIndex || data.identityIndex !== state.data.identityIndex)
    throw personMoved();
  return changed(state, personId, data);
}

function changed(state: KnownPerson, personId: string, data: SealedPerson): readonly PersonEvent[] {
  if (data.personFingerprint === state.data.personFingerprint) return [];
  return [{ type: 'PersonChanged', data: { personId, ...data } }];
}

function addCard({ cards }: KnownPerson, { personId, card }: Command<'AddCard'>): readonly PersonEvent[] {
  if (cards.some((known) => isSameCard(known, card))) return [];
  if (cards.length >= MAX_CARDS) throw cardsFull();
  return [{ type: 'CardAdded', data: { personId, ...card } }];
}

/** Whether two cards are one: cards of different hospitals may carry the same number. */
export function isSameCard(
  a: Omit<SealedCard, 'cardId' | 'card'>,
  b: Omit<SealedCard, 'cardId' | 'card'>,
): boolean {
  return a.cardIndex === b.cardIndex && a.kind === b.kind && a.institutionCode === b.institutionCode;
}

function removeCard(
  { cards }: KnownPerson,
  { personId, cardId }: Command<'RemoveCard'>,
): readonly PersonEvent[] {
  if (!cards.some((card) => card.cardId === cardId)) throw cardUnknown();
  return [{ type: 'CardRemoved', data: { personId, cardId } }];
}

function erase({ cards }: KnownPerson, { personId, reason }: Command<'ErasePerson'>): readonly PersonEvent[] {
  const cardIds = cards.map(({ cardId }) => cardId);
  return [{ type: 'PersonErased', data: { personId, cardIds, reason } }];
}

function evolve(state: PersonState, event: PersonEvent): PersonState {
  switch (event.type) {
    case 'PersonRegistered':
    case 'PersonVerified':
      return {
        status: 'known',
        data: sealedOf(event.data),
        method: event.data.verification.method,
        cards: state.status === 'known' ? state.cards : [],
      };
    case 'PersonErased':
      return { status: 'erased' };
  }
  if (state.status !== 'known') return state;
  switch (event.type) {
    case 'PersonChanged':
      return { ...state, data: sealedOf(event.data) };
    case 'CardAdded': {
      const { personId: _personId, ...card } = event.data;
      return { ...state, cards: [...state.cards, card] };
    }
    case 'CardRemoved':
      return { ...state, cards: state.cards.filter(({ cardId }) => cardId !== event.data.cardId) };
  }
}

function sealedOf({
  person: sealed,
  personFingerprint,
  identityIndex,
  nameIndex,
  mobileIndex,
}: SealedPerson): SealedPerson {
  return { person: sealed, personFingerprint, identityIndex, nameIndex, mobileIndex };
}
