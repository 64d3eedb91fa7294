import type { ChannelKind } from '@qingpu/contracts/codes/directory-tables';
import type {
  CardKind,
  FamilyRelation,
  IdentityKind,
  VerificationMethod,
} from '@qingpu/contracts/codes/resident-tables';
import type { PersonContent } from '@qingpu/contracts/events/residents';
import type { Sealed } from '@qingpu/contracts/events/sealed';
import type { PREVIEW_STATES } from '@qingpu/contracts/http/residents';
import { VIEW_NAMES } from '@qingpu/contracts/http/updates';
import type { ViewDefinition } from '@qingpu/read-models-kernel/view';
import type { ViewDocument } from '@qingpu/read-models-kernel/view-store';

/** A person; `_id` is the person's id, `guard` the revision of their stream. Masked, or null and empty once erased. */
export interface PersonDocument extends ViewDocument {
  readonly status: 'known' | 'erased';
  readonly name: string;
  readonly identityKind: IdentityKind | null;
  readonly identityNumber: string;
  readonly mobile: string;
  readonly sex: PersonContent['sex'];
  readonly verification: VerificationMethod;
  readonly sealed: Sealed | null;
  readonly identityIndex: string | null;
  readonly nameIndex: string | null;
  readonly mobileIndex: string | null;
}

/** A card of a person; `_id` is the card's id, `guard` the revision of the person's stream. Empty once removed. */
export interface CardDocument extends ViewDocument {
  readonly personId: string;
  readonly status: 'held' | 'removed';
  readonly kind: CardKind;
  readonly institutionCode: string | null;
  /** Masked. */
  readonly number: string;
  readonly sealed: Sealed | null;
  readonly cardIndex: string | null;
}

/**
 * A person that an account acts for; `guard` is the revision of the account's stream. The holder has one document an
 * account, whoever it is.
 */
export interface MemberDocument extends ViewDocument {
  readonly accountId: string;
  readonly personId: string;
  readonly status: 'active' | 'removed';
  readonly relation: 'self' | FamilyRelation;
  readonly guardian: boolean;
  readonly since: string;
}

/** A person's place on the preview list, for one service on one channel; `guard` is the revision of their list. */
export interface PreviewDocument extends ViewDocument {
  readonly personId: string;
  readonly channel: ChannelKind;
  readonly service: string;
  readonly state: keyof typeof PREVIEW_STATES;
  readonly reason: string;
  readonly at: string;
}

export const holderId = (accountId: string): string => `${accountId} self`;
export const memberId = (accountId: string, personId: string): string => `${accountId} ${personId}`;

export const residentsView: ViewDefinition = {
  name: VIEW_NAMES.residents,
  version: 1,
  collections: {
    persons: [{ keys: { identityIndex: 1 } }, { keys: { mobileIndex: 1 } }, { keys: { nameIndex: 1 } }],
    cards: [{ keys: { personId: 1, status: 1 } }],
    members: [{ keys: { accountId: 1, status: 1 } }, { keys: { personId: 1, status: 1 } }],
    previews: [
      { keys: { state: 1, at: -1, _id: 1 } },
      { keys: { state: 1, channel: 1, at: -1, _id: 1 } },
      { keys: { state: 1, service: 1, at: -1, _id: 1 } },
      { keys: { personId: 1 } },
    ],
  },
};
