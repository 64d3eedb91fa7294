import type { FamilyRelation } from '@qingpu/contracts/codes/resident-tables';
import type { AccountEvent } from '@qingpu/contracts/events/residents';
import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import { fold } from '@qingpu/domains-kernel/decider';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { specify } from '@qingpu/domains-kernel/testing/decider-specification';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AccountCommand, type AccountContext, ADULT_AGE, account } from './account.ts';

const accountId = 'account';
const personId = (number: number) => `7d9fb0c2-3b5e-4a0a-9c53-8a6f2f3f${String(number).padStart(4, '0')}`;
const HOLDER = personId(0);
const MEMBER = personId(1);
const { guardianAge, familyMembers, version: rulesVersion } = bookingSafeguards;

const context = (age: number, holderAge: number | undefined = 40): AccountContext => ({
  now: new Date('2026-03-01T02:00:00.000Z'),
  safeguards: bookingSafeguards,
  age,
  holderAge,
});
const unbound = (age: number): AccountContext => ({ ...context(age), holderAge: undefined });
const given = (...history: AccountEvent[]) => specify(account).given(history);

const bind = (person = HOLDER): AccountCommand => ({ type: 'BindAccount', accountId, personId: person });
const bound = (person = HOLDER): AccountEvent => ({
  type: 'AccountBound',
  data: { accountId, personId: person },
});
const add = (
  person = MEMBER,
  guardianConsent = false,
  relation: FamilyRelation = 'child',
): AccountCommand => ({
  type: 'AddFamilyMember',
  accountId,
  personId: person,
  relation,
  guardianConsent,
});
const added = (person = MEMBER, guardian = false, relation: FamilyRelation = 'child'): AccountEvent => ({
  type: 'FamilyMemberAdded',
  data: { accountId, personId: person, relation, guardian, rulesVersion },
});
const remove = (person = MEMBER): AccountCommand => ({
  type: 'RemoveFamilyMember',
  accountId,
  personId: person,
});
const removed = (person = MEMBER): AccountEvent => ({
  type: 'FamilyMemberRemoved',
  data: { accountId, personId: person },
});

describe('the holder', () => {
  it('is bound once', () => {
    given().when(bind(), unbound(40)).thenEvents([bound()]);
    given(bound()).when(bind(), context(40)).thenNothingHappened();
    given(bound()).when(bind(MEMBER), context(40)).thenRejected('account-bound');
  });

  it('may be somebody else once the first was erased, also a former member of the family', () => {
    given(bound())
      .when(bind(MEMBER), unbound(40))
      .thenEvents([bound(MEMBER)]);
    given(bound(), added(), bound(MEMBER)).when(remove(), context(40)).thenRejected('member-unknown');
  });

  it('is no child', () => {
    given()
      .when(bind(), unbound(guardianAge - 1))
      .thenRejected('guardian-required');
    given().when(bind(), unbound(guardianAge)).thenEvents([bound()]);
  });
});

describe('a family member', () => {
  it('is added once, to an account that has a holder', () => {
    given().when(add(), unbound(40)).thenRejected('registration-required');
    given(bound()).when(add(), unbound(40)).thenRejected('registration-required');
    given(bound()).when(add(), context(40)).thenEvents([added()]);
    given(bound(), added()).when(add(), context(40)).thenNothingHappened();
    given(bound()).when(add(HOLDER), context(40)).thenRejected('member-is-holder');
  });

  it('under the guardian’s age needs the consent of a guardian, who is of age', () => {
    given(bound())
      .when(add(), context(guardianAge - 1))
      .thenRejected('guardian-consent-required');
    given(bound())
      .when(add(MEMBER, true), context(guardianAge - 1))
      .thenEvents([added(MEMBER, true)]);
    given(bound())
      .when(add(MEMBER, true), context(3, ADULT_AGE - 1))
      .thenRejected('guardian-too-young');
    given(bound())
      .when(add(MEMBER, true), context(3, ADULT_AGE))
      .thenEvents([added(MEMBER, true)]);
  });

  it('of that age and above has no guardian, whatever is ticked', () => {
    given(bound())
      .when(add(MEMBER, true), context(guardianAge))
      .thenEvents([added(MEMBER, false)]);
  });

  it('can be removed, once, and added again', () => {
    given(bound(), added()).when(remove(), context(40)).thenEvents([removed()]);
    given(bound(), added(), removed()).when(remove(), context(40)).thenRejected('member-unknown');
    given(bound(), added(), removed()).when(add(), context(40)).thenEvents([added()]);
    given(bound()).when(remove(HOLDER), context(40)).thenRejected('member-unknown');
  });

  it('has no place in a family that is full', () => {
    const full = Array.from({ length: familyMembers }, (_, index) => added(personId(index + 1)));
    const late = personId(familyMembers + 1);
    given(bound(), ...full)
      .when(add(late), context(40))
      .thenRejected('family-full');
    given(bound(), ...full, removed())
      .when(add(late), context(40))
      .thenEvents([added(late)]);
  });
});

describe('whatever is asked in whatever order', () => {
  const step = fc.record({
    command: fc.oneof(
      fc.constantFrom(0, 1).map((number) => bind(personId(number))),
      fc
        .tuple(fc.integer({ min: 0, max: 8 }), fc.boolean())
        .map(([number, consent]) => add(personId(number), consent)),
      fc.integer({ min: 0, max: 8 }).map((number) => remove(personId(number))),
    ),
    age: fc.integer({ min: 0, max: 90 }),
    holderAge: fc.option(fc.integer({ min: guardianAge, max: 90 }), { nil: undefined }),
  });

  type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

  /** What an account decides; a rejection is an answer too. */
  function decided(
    history: readonly AccountEvent[],
    { command, age, holderAge }: Step,
  ): readonly AccountEvent[] {
    try {
      return account.decide(fold(account, history), command, { ...context(age), holderAge });
    } catch (error) {
      if (error instanceof Rejection) return [];
      throw error;
    }
  }

  function afterSteps(steps: readonly Step[]): readonly AccountEvent[] {
    const history: AccountEvent[] = [];
    for (const next of steps) history.push(...decided(history, next));
    return history;
  }

  it('the family stays within its limit, nobody is in it twice, and the holder never', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { holder, members } = fold(account, afterSteps(steps));
        const ids = members.map((member) => member.personId);
        expect(ids.length).toBeLessThanOrEqual(familyMembers);
        expect(ids).not.toContain(holder);
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });

  it('a child has a guardian of age, and nobody else has one', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), step, (steps, last) => {
        const added = decided(afterSteps(steps), last).filter(({ type }) => type === 'FamilyMemberAdded');
        for (const { data } of added as Extract<AccountEvent, { type: 'FamilyMemberAdded' }>[]) {
          expect(data.guardian).toBe(last.age < guardianAge);
          if (data.guardian) expect(last.holderAge).toBeGreaterThanOrEqual(ADULT_AGE);
        }
      }),
    );
  });
});
