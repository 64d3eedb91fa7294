import { personEvents } from '@qingpu/contracts/events/residents';
import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AddCard,
  AddCardHandler,
  AddFamilyMember,
  AddFamilyMemberHandler,
  ChangeMobile,
  ChangeMobileHandler,
  ChangePreview,
  ChangePreviewHandler,
  ErasePerson,
  ErasePersonHandler,
  IdentifyPerson,
  IdentifyPersonHandler,
  RegisterCaller,
  RegisterCallerHandler,
  RegisterHolder,
  RegisterHolderHandler,
  RemoveFamilyMember,
  RemoveFamilyMemberHandler,
} from './handlers.ts';
import { PeopleLog } from './people-log.ts';
import { personSubject } from './personal-data.ts';
import { IdentityRegisterUnavailable } from './ports.ts';
import { sampleContent } from './testing/sample-people.ts';
import { Killed, Town } from './testing/town.ts';

const rejected = (code: string) => expect.objectContaining({ name: 'Rejection', code });

/** The handlers as the host would call them; each request has its key. */
class Desk extends Town {
  readonly #registering = [this.handling, this.sealer, this.register, this.ids] as const;
  readonly people = new PeopleLog(this.log, this.sealer);

  holder(account: string, person = sampleContent(), key = `holder ${account}`) {
    const command = new RegisterHolder(account, person, this.envelope(key, person));
    return new RegisterHolderHandler(...this.#registering).execute(command);
  }

  member(account: string, person: ReturnType<typeof sampleContent>, guardianConsent = false, key?: string) {
    const member = { person, relation: 'child', guardianConsent } as const;
    const envelope = this.envelope(key ?? `member ${account} ${person.identityNumber}`, member);
    return new AddFamilyMemberHandler(...this.#registering).execute(
      new AddFamilyMember(account, member, envelope),
    );
  }

  caller(person = sampleContent(), documentSeen = false, key = 'caller') {
    const command = new RegisterCaller(person, documentSeen, this.envelope(key, [person, documentSeen]));
    return new RegisterCallerHandler(...this.#registering).execute(command);
  }

  named(person = sampleContent(), key = 'named') {
    const command = new IdentifyPerson(person, 'his-1', this.envelope(key, person));
    return new IdentifyPersonHandler(...this.#registering).execute(command);
  }

  mobile(personId: string, mobile: string, key = `mobile ${mobile}`) {
    const command = new ChangeMobile(personId, mobile, this.envelope(key));
    return new ChangeMobileHandler(this.handling, this.sealer).execute(command);
  }

  card(personId: string, number: string, key = `card ${number}`) {
    const card = { kind: 'socialSecurity', number, institutionCode: null } as const;
    return new AddCardHandler(this.handling, this.sealer).execute(
      new AddCard(personId, card, this.envelope(key)),
    );
  }

  /** Erases as the process does it: the fact first, the key after it. */
  async erase(personId: string): Promise<void> {
    const command = new ErasePerson(personId, '本人申请', this.envelope(`erase ${personId}`));
    await new ErasePersonHandler(this.handling, this.sealer).execute(command);
    await this.sealer.erase(personSubject(personId));
  }
}

const child = (serial: number, birthDate = '2016-05-01') =>
  sampleContent(serial, { birthDate, name: '王小小' });

describe('a real-name registration', () => {
  it('makes a person whom the register confirms, and binds the account', async () => {
    const desk = new Desk();
    const { personId, position } = await desk.holder('a');
    expect(desk.persons).toEqual([personId]);
    expect(await desk.people.account('a')).toEqual({ holder: personId, members: [] });
    expect(await desk.people.content(personId)).toEqual(sampleContent());
    expect(await desk.people.person(personId)).toMatchObject({ method: 'nationalRegister' });
    expect(position).toBe(String(desk.log.all().at(-1)?.position));
  });

  it('asks the register for name and document only', async () => {
    const desk = new Desk();
    await desk.holder('a');
    const { name, identityKind, identityNumber } = sampleContent();
    expect(desk.register.asked).toEqual([{ name, identityKind, identityNumber }]);
  });

  it.each([
    ['mismatch', 'identity-mismatch'],
    ['unknown', 'identity-unknown'],
  ] as const)('changes nothing when the register says %s', async (result, code) => {
    const desk = new Desk();
    desk.register.answer = { result };
    await expect(desk.holder('a')).rejects.toEqual(rejected(code));
    expect(desk.log.all()).toEqual([]);
  });

  it('changes nothing while the register is away, and happens under the same key when it is back', async () => {
    const desk = new Desk();
    desk.register.answer = new IdentityRegisterUnavailable();
    await expect(desk.holder('a')).rejects.toThrow(IdentityRegisterUnavailable);
    expect(desk.log.all()).toEqual([]);
    desk.register.answer = { result: 'verified', reference: 'check-2' };
    await expect(desk.holder('a')).resolves.toMatchObject({ personId: expect.any(String) });
  });

  it('is answered again without asking the register again', async () => {
    const desk = new Desk();
    const first = await desk.holder('a');
    desk.register.answer = new IdentityRegisterUnavailable();
    expect(await desk.holder('a')).toEqual(first);
    await expect(desk.holder('a', sampleContent(2))).rejects.toEqual(rejected('idempotency-key-reused'));
  });

  it('changes nothing when the account says no, not even in the identity’s stream', async () => {
    const desk = new Desk();
    await expect(desk.holder('a', child(3))).rejects.toEqual(rejected('guardian-required'));
    await expect(desk.member('a', sampleContent(4))).rejects.toEqual(rejected('registration-required'));
    expect(desk.log.all()).toEqual([]);
  });

  it('knows a number in small letters and a name with another dot as the same', async () => {
    const desk = new Desk();
    const x = [...Array(200).keys()]
      .map((serial) => sampleContent(serial))
      .find((p) => p.identityNumber.endsWith('X'));
    if (!x) throw new Error('one in eleven numbers ends with X');
    const first = await desk.holder('a', { ...x, name: '阿依·古丽' });
    const small = { ...x, name: '阿依•古丽', identityNumber: x.identityNumber.toLowerCase() };
    expect((await desk.holder('b', small)).personId).toBe(first.personId);
    expect(desk.persons).toHaveLength(1);
  });

  it('keeps the same number of different documents apart', async () => {
    const desk = new Desk();
    const passport = sampleContent(1, { identityKind: '03', identityNumber: 'E12345678' });
    const permit = { ...passport, identityKind: '06' } as const;
    expect((await desk.caller(passport, true)).personId).not.toBe(
      (await desk.caller(permit, true, 'other')).personId,
    );
  });
});

describe('who is known already', () => {
  it('registers with the mobile on file, and with no other', async () => {
    const desk = new Desk();
    const { personId } = await desk.caller();
    const stranger = sampleContent(1, { mobile: '13800000000' });
    await expect(desk.holder('thief', stranger)).rejects.toEqual(rejected('mobile-differs'));
    expect(desk.accounts).toEqual([]);
    expect((await desk.holder('a')).personId).toBe(personId);
  });

  it('was named by a hospital: is confirmed by the register with their own mobile', async () => {
    const desk = new Desk();
    const { personId } = await desk.named(sampleContent(1, { mobile: null }));
    expect(await desk.people.person(personId)).toMatchObject({ method: 'partner' });
    await desk.holder('a');
    expect(await desk.people.person(personId)).toMatchObject({ method: 'nationalRegister' });
    expect((await desk.people.content(personId)).mobile).toBe('13912345678');
  });

  it('is found by a hospital that names them rightly, and refused under another name', async () => {
    const desk = new Desk();
    const { personId } = await desk.holder('a');
    expect((await desk.named(sampleContent(1, { mobile: '13800000000' }))).personId).toBe(personId);
    expect((await desk.people.content(personId)).mobile).toBe('13912345678');
    const misspelt = sampleContent(1, { name: '王晓明' });
    await expect(desk.named(misspelt, 'again')).rejects.toEqual(rejected('identity-mismatch'));
  });

  it('gets another mobile at a desk that has seen the document, and at no other', async () => {
    const desk = new Desk();
    const { personId } = await desk.holder('a');
    const moved = sampleContent(1, { mobile: '13800000000' });
    await desk.caller(moved, false, 'phone');
    expect((await desk.people.content(personId)).mobile).toBe('13912345678');
    await desk.caller(moved, true, 'window');
    expect((await desk.people.content(personId)).mobile).toBe('13800000000');
  });

  it('can change the mobile and never the name', async () => {
    const desk = new Desk();
    const { personId } = await desk.holder('a');
    await desk.mobile(personId, '13800000000');
    expect(await desk.people.content(personId)).toEqual(sampleContent(1, { mobile: '13800000000' }));
  });
});

describe('a desk', () => {
  it('answers for a document that the register does not know only when it has seen it', async () => {
    const desk = new Desk();
    desk.register.answer = { result: 'unknown' };
    const passport = sampleContent(1, { identityKind: '03', identityNumber: 'E12345678' });
    await expect(desk.caller(passport)).rejects.toEqual(rejected('identity-unknown'));
    const { personId } = await desk.caller(passport, true, 'seen');
    expect(await desk.people.person(personId)).toMatchObject({ method: 'desk' });
  });

  it('cannot answer for a document that is somebody else’s', async () => {
    const desk = new Desk();
    desk.register.answer = { result: 'mismatch' };
    await expect(desk.caller(sampleContent(), true)).rejects.toEqual(rejected('identity-mismatch'));
    expect(desk.log.all()).toEqual([]);
  });

  it('answers a repeated request as the first time, without the register', async () => {
    const desk = new Desk();
    const first = await desk.caller();
    desk.register.answer = new IdentityRegisterUnavailable();
    expect(await desk.caller()).toEqual(first);
  });
});

describe('a family', () => {
  it('has a child in both parents’ accounts, under one person', async () => {
    const desk = new Desk();
    await desk.holder('mother', sampleContent(10));
    await desk.holder('father', sampleContent(11, { mobile: '13800000000' }));
    const { personId } = await desk.member('mother', { ...child(1), mobile: '13912345678' }, true);
    const again = await desk.member('father', { ...child(1), mobile: '13800000000' }, true);
    expect(again.personId).toBe(personId);
    for (const parent of ['mother', 'father'])
      expect((await desk.people.account(parent)).members).toEqual([
        { personId, relation: 'child', guardian: true },
      ]);
    expect((await desk.people.content(personId)).mobile).toBe('13912345678');
  });

  it('has a grown-up only under the mobile that they registered', async () => {
    const desk = new Desk();
    await desk.holder('a', sampleContent(10));
    await desk.holder('b', sampleContent(11, { mobile: '13800000000' }));
    const guessed = sampleContent(11, { mobile: '13700000000' });
    await expect(desk.member('a', guessed)).rejects.toEqual(rejected('mobile-differs'));
    await expect(
      desk.member('a', sampleContent(11, { mobile: '13800000000' }), false, 'right'),
    ).resolves.toBeDefined();
  });

  it('counts age on the day of the request: a child one day, without a guardian the next', async () => {
    const desk = new Desk();
    await desk.holder('a', sampleContent(10));
    const born = `${2026 - bookingSafeguards.guardianAge}-03-02`;
    desk.now = new Date('2026-03-01T15:59:59.000Z');
    await expect(desk.member('a', child(1, born))).rejects.toEqual(rejected('guardian-consent-required'));
    desk.now = new Date('2026-03-01T16:00:00.000Z');
    await desk.member('a', child(1, born), false, 'next day');
    expect((await desk.people.account('a')).members).toMatchObject([{ guardian: false }]);
  });

  it('lets a member go', async () => {
    const desk = new Desk();
    await desk.holder('a', sampleContent(10));
    const { personId } = await desk.member('a', child(1), true);
    const command = new RemoveFamilyMember('a', personId, desk.envelope('remove'));
    await new RemoveFamilyMemberHandler(desk.handling, desk.sealer).execute(command);
    expect((await desk.people.account('a')).members).toEqual([]);
  });
});

describe('a card', () => {
  it('that comes again keeps its id', async () => {
    const desk = new Desk();
    const { personId } = await desk.holder('a');
    const first = await desk.card(personId, 'A1234567');
    const again = await desk.card(personId, 'A1234567', 'again');
    expect(again).toMatchObject({ kind: 'unchanged', cardId: first.cardId });
    expect((await desk.card(personId, 'B1234567')).cardId).not.toBe(first.cardId);
  });
});

describe('personal data', () => {
  it('stands in no event', async () => {
    const desk = new Desk();
    const { personId } = await desk.holder('a');
    await desk.member('a', child(1), true);
    await desk.mobile(personId, '13800000000');
    await desk.card(personId, 'A1234567');
    const text = JSON.stringify(desk.log.all(), (_key, value) =>
      typeof value === 'bigint' ? `${value}` : value,
    );
    const { name, identityNumber, mobile } = sampleContent();
    for (const secret of [name, identityNumber, mobile, '13800000000', 'A1234567', '1980-01-01', '王小小'])
      expect(text).not.toContain(secret);
  });
});

describe('an erasure', () => {
  it('frees the number: whoever comes with it again is a new person', async () => {
    const desk = new Desk();
    const first = await desk.holder('a');
    await desk.erase(first.personId);
    const second = await desk.holder('a', sampleContent(), 'after the erasure');
    expect(second.personId).not.toBe(first.personId);
    expect(desk.claims).toEqual([first.personId, second.personId]);
    expect((await desk.people.account('a')).holder).toBe(second.personId);
    await expect(desk.card(first.personId, 'A1234567')).rejects.toEqual(rejected('person-erased'));
    await expect(desk.mobile(first.personId, '13800000000')).rejects.toEqual(rejected('person-unknown'));
  });

  it('takes nobody onto the preview list afterwards', async () => {
    const desk = new Desk();
    const { personId } = await desk.holder('a');
    await desk.erase(personId);
    const wanted = { personId, channel: 'phone', service: 'waitlist', reason: '体验' } as const;
    const command = new ChangePreview('GrantPreview', wanted, desk.envelope('preview'));
    await expect(new ChangePreviewHandler(desk.handling, desk.sealer).execute(command)).rejects.toEqual(
      rejected('person-erased'),
    );
  });
});

describe('whoever is first, and whatever breaks off', () => {
  it('many registrations of one number at the same time make one person', async () => {
    const desk = new Desk();
    const answers = await Promise.all([
      ...Array.from({ length: 6 }, (_, index) => desk.holder(`account-${index}`)),
      desk.caller(),
      desk.named(),
    ]);
    expect(new Set(answers.map(({ personId }) => personId)).size).toBe(1);
    expect(desk.persons).toHaveLength(1);
    expect(desk.claims).toHaveLength(1);
    expect(desk.accounts).toHaveLength(6);
  });

  it('a death at any append leaves one person and no second claim once somebody comes again', async () => {
    const attempt = fc.record({
      killAt: fc.integer({ min: 0, max: 7 }),
      who: fc.constantFrom('same request', 'another account', 'desk', 'partner'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(attempt, { minLength: 1, maxLength: 5 }), async (attempts) => {
        const desk = new Desk();
        for (const { killAt, who } of attempts) {
          desk.log.live();
          desk.log.killAt = killAt;
          await comesAs(desk, who).catch((error: unknown) => {
            if (!(error instanceof Killed)) throw error;
          });
        }
        desk.log.live();
        const last = await comesAs(desk, 'same request');
        expect(desk.persons).toEqual([last.personId]);
        expect(desk.claims).toEqual([last.personId]);
        expect(await desk.people.account('a')).toMatchObject({ holder: last.personId });
        expect(desk.events(personEvents).filter(({ type }) => type === 'PersonErased')).toEqual([]);
      }),
    );
  });
});

function comesAs(desk: Desk, who: string) {
  if (who === 'desk') return desk.caller();
  if (who === 'partner') return desk.named();
  return desk.holder(who === 'same request' ? 'a' : 'b');
}
