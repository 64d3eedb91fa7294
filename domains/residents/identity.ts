import type { IdentityEvent } from '@qingpu/contracts/events/residents';
import type { DecisionTime } from '@qingpu/domains-kernel/command-handling';
import type { Decider } from '@qingpu/domains-kernel/decider';

/** Somebody with this identity number appears; `personId` is who they become if nobody has the number yet. */
export interface ClaimIdentity {
  readonly type: 'ClaimIdentity';
  readonly identityIndex: string;
  readonly personId: string;
}

export interface IdentityState {
  /** Who has the number. */
  readonly personId: string | undefined;
}

export type IdentityContext = DecisionTime & {
  /** Whoever has the number has been erased, so that it names nobody any more. */
  readonly holderErased: boolean;
};

/** One identity number: the first claim wins, and everybody after it finds the winner. */
export const identity: Decider<IdentityState, ClaimIdentity, IdentityEvent, IdentityContext> = {
  initialState: { personId: undefined },
  evolve: (_state, { data }) => ({ personId: data.personId }),
  decide: ({ personId }, { identityIndex, personId: candidate }, { holderErased }) =>
    personId === undefined || holderErased
      ? [{ type: 'IdentityClaimed', data: { identityIndex, personId: candidate } }]
      : [],
};
