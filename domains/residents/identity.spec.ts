import type { IdentityEvent } from '@qingpu/contracts/events/residents';
import { specify } from '@qingpu/domains-kernel/testing/decider-specification';
import { describe, it } from 'vitest';
import { type ClaimIdentity, identity } from './identity.ts';
import { OTHER_ID, PERSON_ID } from './testing/sample-people.ts';

const now = new Date('2026-03-01T02:00:00.000Z');
const identityIndex = 'index';
const claim = (personId: string): ClaimIdentity => ({ type: 'ClaimIdentity', identityIndex, personId });
const claimed = (personId: string): IdentityEvent => ({
  type: 'IdentityClaimed',
  data: { identityIndex, personId },
});
const given = (...history: IdentityEvent[]) => specify(identity).given(history);

describe('an identity number', () => {
  it('belongs to the first who claims it', () => {
    given()
      .when(claim(PERSON_ID), { now, holderErased: false })
      .thenEvents([claimed(PERSON_ID)]);
    given(claimed(PERSON_ID)).when(claim(OTHER_ID), { now, holderErased: false }).thenNothingHappened();
  });

  it('names nobody any more once its holder is erased, and can be claimed anew', () => {
    given(claimed(PERSON_ID))
      .when(claim(OTHER_ID), { now, holderErased: true })
      .thenEvents([claimed(OTHER_ID)]);
  });
});
