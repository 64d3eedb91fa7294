import { maskIdentityNumber, maskName, maskPhone } from '@qingpu/contracts/codes/masking';
import {
  type AccountEvent,
  accountEvents,
  cardContentSchema,
  type PersonEvent,
  type PreviewEvent,
  personContentSchema,
  personEvents,
  previewEvents,
} from '@qingpu/contracts/events/residents';
import type { EventPlace, Opener, Projection } from '@qingpu/read-models-kernel/view';
import type { ViewDocument, ViewWrite } from '@qingpu/read-models-kernel/view-store';
import {
  type CardDocument,
  holderId,
  type MemberDocument,
  memberId,
  type PersonDocument,
  type PreviewDocument,
  residentsView,
} from './view.ts';

/** What an erased person is called (已注销). */
export const ERASED_NAME = '已注销';

const catalogue = { ...personEvents, ...accountEvents, ...previewEvents };

/** Folds persons, their cards, the accounts that act for them and the preview list. */
export const residents: Projection<typeof catalogue> = {
  view: residentsView,
  catalogue,
  async project(event, place, opener) {
    const writes = await writesOf(event, place, opener);
    return writes.map((write) => ({ ...write, guard: BigInt(place.revision) }));
  },
};

type Write = Omit<ViewWrite, 'guard'>;
type Fields<Document extends ViewDocument> = Partial<Omit<Document, keyof ViewDocument>>;
type Data<Type extends PersonEvent['type']> = Extract<PersonEvent, { readonly type: Type }>['data'];

async function writesOf(
  event: PersonEvent | AccountEvent | PreviewEvent,
  place: EventPlace,
  opener: Opener,
): Promise<readonly Write[]> {
  const at = place.metadata.occurredAt;
  switch (event.type) {
    case 'PersonRegistered':
    case 'PersonVerified': {
      const verification = event.data.verification.method;
      return [person(event.data.personId, { ...(await masked(event.data, opener)), verification })];
    }
    case 'PersonChanged':
      return [person(event.data.personId, await masked(event.data, opener))];
    case 'CardAdded':
      return [card(event.data.cardId, await maskedCard(event.data, opener))];
    case 'CardRemoved':
      return [card(event.data.cardId, NO_CARD)];
    case 'PersonErased':
      return [
        person(event.data.personId, ERASED),
        ...event.data.cardIds.map((cardId) => card(cardId, NO_CARD)),
      ];
    case 'AccountBound':
      return bound(event.data, at);
    case 'FamilyMemberAdded':
      return [added(event.data, at)];
    case 'FamilyMemberRemoved':
      return [removed(event.data)];
    case 'PreviewGranted':
    case 'PreviewRevoked':
      return [preview(event, at)];
    default:
      return unforeseen(event);
  }
}

function unforeseen(event: never): never {
  throw new Error(`the view of residents does not fold ${(event as { type: string }).type}`);
}

function person(id: string, set: Fields<PersonDocument>): Write {
  return { collection: 'persons', id, set };
}

function card(id: string, set: Fields<CardDocument>): Write {
  return { collection: 'cards', id, set };
}

/** Overwrites everything that came from the sealed person, so that nothing of it stays in the view. */
const ERASED = {
  status: 'erased',
  name: ERASED_NAME,
  identityKind: null,
  identityNumber: '',
  mobile: '',
  sex: '0',
  sealed: null,
  identityIndex: null,
  nameIndex: null,
  mobileIndex: null,
} as const satisfies Fields<PersonDocument>;

const NO_CARD = {
  status: 'removed',
  number: '',
  sealed: null,
  cardIndex: null,
} as const satisfies Fields<CardDocument>;

async function masked(data: Data<'PersonChanged'>, opener: Opener): Promise<Fields<PersonDocument>> {
  const opened = await opener.open(data.person);
  if (opened === undefined) return ERASED;
  const content = personContentSchema.safeParse(opened);
  // The fault is named without any value: it ends up in logs.
  if (!content.success) throw new Error('a sealed person does not fit its schema');
  const { name, identityKind, identityNumber, mobile, sex } = content.data;
  return {
    status: 'known',
    name: maskName(name),
    identityKind,
    identityNumber: maskIdentityNumber(identityNumber),
    mobile: mobile === null ? '' : maskPhone(mobile),
    sex,
    sealed: data.person,
    identityIndex: data.identityIndex,
    nameIndex: data.nameIndex,
    mobileIndex: data.mobileIndex,
  };
}

async function maskedCard(data: Data<'CardAdded'>, opener: Opener): Promise<Fields<CardDocument>> {
  const { personId, kind, institutionCode, cardIndex } = data;
  const opened = await opener.open(data.card);
  const fixed = { personId, kind, institutionCode };
  if (opened === undefined) return { ...fixed, ...NO_CARD };
  const content = cardContentSchema.safeParse(opened);
  if (!content.success) throw new Error('a sealed card does not fit its schema');
  const number = maskIdentityNumber(content.data.number);
  return { ...fixed, status: 'held', number, sealed: data.card, cardIndex };
}

/** Who becomes the holder is no member of the family any more. */
function bound(
  { accountId, personId }: { readonly accountId: string; readonly personId: string },
  since: string,
): Write[] {
  const set: Fields<MemberDocument> = {
    accountId,
    personId,
    status: 'active',
    relation: 'self',
    guardian: false,
    since,
  };
  return [{ collection: 'members', id: holderId(accountId), set }, removed({ accountId, personId })];
}

function added(data: Extract<AccountEvent, { type: 'FamilyMemberAdded' }>['data'], since: string): Write {
  const { accountId, personId, relation, guardian } = data;
  const set: Fields<MemberDocument> = { accountId, personId, status: 'active', relation, guardian, since };
  return { collection: 'members', id: memberId(accountId, personId), set };
}

function removed({ accountId, personId }: { readonly accountId: string; readonly personId: string }): Write {
  const set: Fields<MemberDocument> = { accountId, personId, status: 'removed' };
  return { collection: 'members', id: memberId(accountId, personId), set };
}

function preview({ type, data }: PreviewEvent, at: string): Write {
  const { personId, channel, service, reason } = data;
  const state = type === 'PreviewGranted' ? 'granted' : 'revoked';
  const set: Fields<PreviewDocument> = { personId, channel, service, state, reason, at };
  return { collection: 'previews', id: `${personId} ${channel} ${service}`, set };
}
