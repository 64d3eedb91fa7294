import type { FamilyRelation } from '@qingpu/contracts/codes/resident-tables';
import type { AccountEvent } from '@qingpu/contracts/events/residents';
import type { BookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import type { DecisionTime } from '@qingpu/domains-kernel/command-handling';
import type { Decider } from '@qingpu/domains-kernel/decider';
import {
  accountBound,
  familyFull,
  guardianConsentMissing,
  guardianTooYoung,
  guardianWanted,
  holderMissing,
  memberIsHolder,
  memberUnknown,
} from './rejections.ts';

/** Full capacity for civil acts, without which nobody is a guardian. Source: 《民法典》第十七条. */
export const ADULT_AGE = 18;

export type AccountCommand = { readonly accountId: string; readonly personId: string } & (
  | { readonly type: 'BindAccount' }
  | {
      readonly type: 'AddFamilyMember';
      readonly relation: FamilyRelation;
      /** The holder says that they are the guardian and consents. */
      readonly guardianConsent: boolean;
    }
  | { readonly type: 'RemoveFamilyMember' }
);
type Command<Type extends AccountCommand['type']> = Extract<AccountCommand, { readonly type: Type }>;

export interface FamilyMember {
  readonly personId: string;
  readonly relation: FamilyRelation;
  readonly guardian: boolean;
}

export interface AccountState {
  readonly holder: string | undefined;
  readonly members: readonly FamilyMember[];
}

/** Of dates of birth only the ages come in, in whole years. */
export type AccountContext = DecisionTime & {
  readonly safeguards: Pick<BookingSafeguards, 'version' | 'guardianAge' | 'familyMembers'>;
  /** Of the person that the command names. */
  readonly age: number;
  /** Of the account's holder; undefined while nobody is bound, or once they have been erased. */
  readonly holderAge: number | undefined;
};

/** Whom an account acts for: its holder, and family members up to a limit. */
export const account: Decider<AccountState, AccountCommand, AccountEvent, AccountContext> = {
  initialState: { holder: undefined, members: [] },
  evolve(state, { type, data }) {
    const others = state.members.filter(({ personId }) => personId !== data.personId);
    switch (type) {
      case 'AccountBound':
        return { holder: data.personId, members: others };
      case 'FamilyMemberAdded': {
        const { personId, relation, guardian } = data;
        return { ...state, members: [...others, { personId, relation, guardian }] };
      }
      case 'FamilyMemberRemoved':
        return { ...state, members: others };
    }
  },
  decide(state, command, context) {
    switch (command.type) {
      case 'BindAccount':
        return bind(state, command, context);
      case 'AddFamilyMember':
        return addMember(state, command, context);
      case 'RemoveFamilyMember':
        return removeMember(state, command);
    }
  },
};

function bind(
  { holder }: AccountState,
  { accountId, personId }: Command<'BindAccount'>,
  { age, holderAge, safeguards }: AccountContext,
): readonly AccountEvent[] {
  if (holder === personId) return [];
  if (holder !== undefined && holderAge !== undefined) throw accountBound();
  if (age < safeguards.guardianAge) throw guardianWanted(safeguards.guardianAge);
  return [{ type: 'AccountBound', data: { accountId, personId } }];
}

function addMember(
  { holder, members }: AccountState,
  { accountId, personId, relation, guardianConsent }: Command<'AddFamilyMember'>,
  { age, holderAge, safeguards }: AccountContext,
): readonly AccountEvent[] {
  if (holder === undefined || holderAge === undefined) throw holderMissing();
  if (holder === personId) throw memberIsHolder();
  if (members.some((member) => member.personId === personId)) return [];
  if (members.length >= safeguards.familyMembers) throw familyFull(safeguards.familyMembers);
  const guardian = age < safeguards.guardianAge;
  if (guardian && !guardianConsent) throw guardianConsentMissing(safeguards.guardianAge);
  if (guardian && holderAge < ADULT_AGE) throw guardianTooYoung();
  const rulesVersion = safeguards.version;
  return [{ type: 'FamilyMemberAdded', data: { accountId, personId, relation, guardian, rulesVersion } }];
}

function removeMember(
  { members }: AccountState,
  { accountId, personId }: Command<'RemoveFamilyMember'>,
): readonly AccountEvent[] {
  if (!members.some((member) => member.personId === personId)) throw memberUnknown();
  return [{ type: 'FamilyMemberRemoved', data: { accountId, personId } }];
}
