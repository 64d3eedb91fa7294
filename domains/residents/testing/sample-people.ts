import type { PersonContent, Verification } from '@qingpu/contracts/events/residents';
import { sampleResidentId } from '@qingpu/contracts/testing/sample-directory';
import type { SealedCard, SealedPerson } from '../person.ts';

/** Made-up people for specs. */
export const PERSON_ID = '7d9fb0c2-3b5e-4a0a-9c53-8a6f2f3f0001';
export const OTHER_ID = '7d9fb0c2-3b5e-4a0a-9c53-8a6f2f3f0002';
export const CARD_ID = '7d9fb0c2-3b5e-4a0a-9c53-8a6f2f3f0c01';

export const REGISTER: Verification = { method: 'nationalRegister', reference: 'check-1' };
export const DESK: Verification = { method: 'desk', reference: 'command-1' };
export const PARTNER: Verification = { method: 'partner', reference: 'his-1' };

/** Somebody by an identity card; another serial is another person. */
export function sampleContent(serial = 1, changes: Partial<PersonContent> = {}): PersonContent {
  const birthDate = changes.birthDate ?? '1980-01-01';
  return {
    name: '王小明',
    identityKind: '01',
    identityNumber: sampleResidentId(serial, birthDate.replaceAll('-', '')),
    sex: serial % 2 === 1 ? '1' : '2',
    birthDate,
    mobile: '13912345678',
    ...changes,
  };
}

/** Somebody as they come to the decider; the texts stand for what a sealer would make. */
export function sealedSample(name = 'name', mobile: string | null = 'mobile'): SealedPerson {
  return {
    person: { subject: `person:${PERSON_ID}`, keyId: 'k1', box: 'box' },
    personFingerprint: `${name} ${mobile}`,
    identityIndex: 'identity',
    nameIndex: name,
    mobileIndex: mobile,
  };
}

export function sampleCard(changes: Partial<SealedCard> = {}): SealedCard {
  return {
    cardId: CARD_ID,
    kind: 'socialSecurity',
    institutionCode: null,
    card: { subject: `person:${PERSON_ID}`, keyId: 'k1', box: 'card-box' },
    cardIndex: 'card',
    ...changes,
  };
}
