import { MAX_CARDS, type PersonEvent } from '@qingpu/contracts/events/residents';
import { specify } from '@qingpu/domains-kernel/testing/decider-specification';
import { describe, it } from 'vitest';
import { type MobileRule, type PersonCommand, person, type SealedPerson } from './person.ts';
import {
  CARD_ID,
  DESK,
  OTHER_ID,
  PARTNER,
  PERSON_ID as personId,
  REGISTER,
  sampleCard,
  sealedSample,
} from './testing/sample-people.ts';

const context = { now: new Date('2026-03-01T02:00:00.000Z') };
const given = (...history: PersonEvent[]) => specify(person).given(history);

const registered = (data: SealedPerson, verification = REGISTER): PersonEvent => ({
  type: 'PersonRegistered',
  data: { personId, ...data, verification },
});
const verified = (data: SealedPerson): PersonEvent => ({
  type: 'PersonVerified',
  data: { personId, ...data, verification: REGISTER },
});
const changed = (data: SealedPerson): PersonEvent => ({ type: 'PersonChanged', data: { personId, ...data } });
const register = (data: SealedPerson, verification = REGISTER, mobileRule: MobileRule = 'mustMatch') =>
  ({ type: 'RegisterPerson', personId, data, verification, mobileRule }) satisfies PersonCommand;
const added = (card = sampleCard()): PersonEvent => ({ type: 'CardAdded', data: { personId, ...card } });
const add = (card = sampleCard()): PersonCommand => ({ type: 'AddCard', personId, card });
const removed: PersonEvent = { type: 'CardRemoved', data: { personId, cardId: CARD_ID } };
const remove: PersonCommand = { type: 'RemoveCard', personId, cardId: CARD_ID };
const erase: PersonCommand = { type: 'ErasePerson', personId, reason: '本人申请' };
const erased = (...cardIds: string[]): PersonEvent => ({
  type: 'PersonErased',
  data: { personId, cardIds, reason: '本人申请' },
});
const changeMobile = (data: SealedPerson): PersonCommand => ({ type: 'ChangeMobile', personId, data });

const known = sealedSample();
const otherName = sealedSample('other name');
const otherMobile = sealedSample('name', 'other mobile');
const withoutMobile = sealedSample('name', null);

describe('a registration', () => {
  it.each([REGISTER, DESK, PARTNER])(
    'makes a person, however they were checked ($method)',
    (verification) => {
      given()
        .when(register(known, verification), context)
        .thenEvents([registered(known, verification)]);
    },
  );

  it('of somebody who is known changes nothing', () => {
    for (const verification of [REGISTER, DESK, PARTNER])
      given(registered(known)).when(register(known, verification), context).thenNothingHappened();
  });

  it.each([DESK, PARTNER])('by the register confirms whom others had named ($method)', (earlier) => {
    given(registered(known, earlier))
      .when(register(known), context)
      .thenEvents([verified(known)]);
    given(registered(known, earlier), verified(known)).when(register(known), context).thenNothingHappened();
  });

  it.each([DESK, PARTNER])(
    'under another name is refused, unless the register says so ($method)',
    (method) => {
      for (const first of [REGISTER, DESK, PARTNER])
        given(registered(known, first))
          .when(register(otherName, method), context)
          .thenRejected('identity-mismatch');
      given(registered(known, method))
        .when(register(otherName), context)
        .thenEvents([verified(otherName)]);
      given(registered(known))
        .when(register(otherName), context)
        .thenEvents([verified(otherName)]);
    },
  );
});

describe('the mobile of somebody who is known', () => {
  it.each([REGISTER, DESK])('proves that it is them who register ($method)', (first) => {
    given(registered(known, first)).when(register(otherMobile), context).thenRejected('mobile-differs');
    given(registered(known, first), changed(otherMobile))
      .when(register(known), context)
      .thenRejected('mobile-differs');
  });

  it('proves nothing where only a hospital named it, or nobody did', () => {
    given(registered(known, PARTNER))
      .when(register(otherMobile), context)
      .thenEvents([verified(otherMobile)]);
    given(registered(withoutMobile, DESK))
      .when(register(otherMobile), context)
      .thenEvents([verified(otherMobile)]);
  });

  it('is changed by a desk that has seen the document, and by nobody else on the way', () => {
    given(registered(known))
      .when(register(otherMobile, DESK, 'replaces'), context)
      .thenEvents([changed(otherMobile)]);
    given(registered(known))
      .when(register(otherMobile, REGISTER, 'replaces'), context)
      .thenEvents([changed(otherMobile)]);
    given(registered(known))
      .when(register(otherMobile, REGISTER, 'kept'), context)
      .thenNothingHappened();
    given(registered(known))
      .when(register(otherMobile, PARTNER, 'kept'), context)
      .thenNothingHappened();
  });

  it('can be changed, once, and to itself without effect', () => {
    given(registered(known))
      .when(changeMobile(otherMobile), context)
      .thenEvents([changed(otherMobile)]);
    given(registered(known), changed(otherMobile))
      .when(changeMobile(otherMobile), context)
      .thenNothingHappened();
    given(registered(known)).when(changeMobile(known), context).thenNothingHappened();
  });
});

describe('the name', () => {
  it('cannot be changed with the mobile, nor can the number', () => {
    given(registered(known)).when(changeMobile(otherName), context).thenRejected('person-changed-meanwhile');
    given(registered(known))
      .when(changeMobile({ ...otherMobile, identityIndex: 'other identity' }), context)
      .thenRejected('person-changed-meanwhile');
  });
});

describe('cards', () => {
  const elsewhere = sampleCard({ cardId: OTHER_ID, kind: 'hospitalCard', institutionCode: 'A' });
  const elsewhereToo = sampleCard({ cardId: CARD_ID, kind: 'hospitalCard', institutionCode: 'B' });

  it('are added once', () => {
    given(registered(known)).when(add(), context).thenEvents([added()]);
    given(registered(known), added())
      .when(add(sampleCard({ cardId: OTHER_ID })), context)
      .thenNothingHappened();
  });

  it('of two hospitals may carry the same number', () => {
    given(registered(known), added(elsewhere))
      .when(add(elsewhereToo), context)
      .thenEvents([added(elsewhereToo)]);
  });

  it('can be removed, and added again', () => {
    given(registered(known), added()).when(remove, context).thenEvents([removed]);
    given(registered(known), added(), removed).when(remove, context).thenRejected('card-unknown');
    given(registered(known), added(), removed).when(add(), context).thenEvents([added()]);
    given(registered(known)).when(remove, context).thenRejected('card-unknown');
  });

  it('have a limit', () => {
    const full = Array.from({ length: MAX_CARDS }, (_, index) =>
      added(
        sampleCard({
          cardId: `7d9fb0c2-3b5e-4a0a-9c53-8a6f2f3f1${String(index).padStart(3, '0')}`,
          cardIndex: `${index}`,
        }),
      ),
    );
    given(registered(known), ...full)
      .when(add(), context)
      .thenRejected('cards-full');
    given(registered(known), ...full.slice(1))
      .when(add(), context)
      .thenEvents([added()]);
  });

  it('stay when the register confirms the person or the mobile changes', () => {
    given(registered(known, DESK), added(), verified(known), changed(otherMobile))
      .when(add(), context)
      .thenNothingHappened();
  });
});

describe('an erasure', () => {
  it('takes the cards that are left with it', () => {
    given(registered(known), added())
      .when(erase, context)
      .thenEvents([erased(CARD_ID)]);
    given(registered(known), added(), removed).when(erase, context).thenEvents([erased()]);
  });

  it('happens once, and nothing follows', () => {
    given(registered(known), erased()).when(erase, context).thenNothingHappened();
    for (const command of [register(known), changeMobile(otherMobile), add(), remove])
      given(registered(known), erased()).when(command, context).thenRejected('person-erased');
  });
});

it('nothing but a registration is done to somebody unknown', () => {
  for (const command of [changeMobile(otherMobile), add(), remove, erase])
    given().when(command, context).thenRejected('person-unknown');
});
