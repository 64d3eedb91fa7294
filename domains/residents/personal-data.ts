import { normalisedIdentityNumber, normalisedName } from '@qingpu/contracts/codes/identity-document';
import { checkResidentId } from '@qingpu/contracts/codes/resident-id';
import { IDENTITY_KINDS, type IdentityKind } from '@qingpu/contracts/codes/resident-tables';
import {
  cardContentSchema,
  type PersonContent,
  personContentSchema,
} from '@qingpu/contracts/events/residents';
import { personSubject, type Sealed } from '@qingpu/contracts/events/sealed';
import { PersonErasedError, type Sealer } from '@qingpu/domains-kernel/sealing';
import type { SealedPerson } from './person.ts';
import { personErased } from './rejections.ts';

export { personSubject };

type Fingerprints = Pick<Sealer, 'fingerprint'>;

/** Kind and number together: different kinds of document may carry the same number. */
export function identityIndexOf(sealer: Fingerprints, kind: IdentityKind, identityNumber: string): string {
  return sealer.fingerprint('identity-document', [kind, normalisedIdentityNumber(identityNumber)]);
}

/** The indexes that a number has as a document of any kind, for searches that do not say which. */
export function identityIndexesOf(sealer: Fingerprints, identityNumber: string): string[] {
  return (Object.keys(IDENTITY_KINDS) as IdentityKind[]).map((kind) =>
    identityIndexOf(sealer, kind, identityNumber),
  );
}

export function nameIndexOf(sealer: Fingerprints, name: string): string {
  return sealer.fingerprint('person-name', normalisedName(name));
}

export function mobileIndexOf(sealer: Fingerprints, mobile: string): string {
  return sealer.fingerprint('person-mobile', mobile);
}

export function cardIndexOf(sealer: Fingerprints, number: string): string {
  return sealer.fingerprint('person-card', number);
}

/** What is known of somebody before it is sealed; for a resident identity card sex and date of birth are in the number. */
export type NamedPerson = Pick<PersonContent, 'name' | 'identityKind' | 'identityNumber' | 'mobile'> & {
  readonly sex?: PersonContent['sex'] | undefined;
  readonly birthDate?: string | null | undefined;
};

/** The person in the form in which they are sealed and compared. */
export function contentOf(named: NamedPerson): PersonContent {
  const identityNumber = normalisedIdentityNumber(named.identityNumber);
  const read = named.identityKind === '01' ? checkResidentId(identityNumber) : undefined;
  const inNumber = read?.valid ? read : undefined;
  return {
    name: normalisedName(named.name),
    identityKind: named.identityKind,
    identityNumber,
    sex: inNumber?.sex ?? named.sex ?? '0',
    birthDate: inNumber?.birthDate ?? named.birthDate ?? null,
    mobile: named.mobile,
  };
}

/** Seals a person under their own key. @throws Rejection when the person has been erased */
export async function sealPerson(
  sealer: Sealer,
  personId: string,
  content: PersonContent,
): Promise<SealedPerson> {
  const { identityKind, identityNumber, name, mobile } = content;
  return {
    person: await unlessErased(sealer.seal(personSubject(personId), content)),
    personFingerprint: sealer.fingerprint('person', content),
    identityIndex: identityIndexOf(sealer, identityKind, identityNumber),
    nameIndex: nameIndexOf(sealer, name),
    mobileIndex: mobile === null ? null : mobileIndexOf(sealer, mobile),
  };
}

/** Opens a sealed person. @throws Rejection when the person has been erased */
export async function openPerson(sealer: Sealer, sealed: Sealed): Promise<PersonContent> {
  const opened = personContentSchema.safeParse(await unlessErased(sealer.open(sealed)));
  // The fault is named without any value: it ends up in logs.
  if (!opened.success) throw new Error('a sealed person does not fit its schema');
  return opened.data;
}

/** Opens a sealed card. @throws Rejection when the person has been erased */
export async function openCard(sealer: Sealer, sealed: Sealed): Promise<{ readonly number: string }> {
  const opened = cardContentSchema.safeParse(await unlessErased(sealer.open(sealed)));
  // The fault is named without any value: it ends up in logs.
  if (!opened.success) throw new Error('a sealed card does not fit its schema');
  return opened.data;
}

/** @throws Rejection when the person's key has been destroyed */
export async function unlessErased<Result>(work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof PersonErasedError ? personErased() : error;
  }
}
