import type { PersonResult } from '@qingpu/contracts/http/residents';
import { bodyDigest } from '@qingpu/crypto/request-signing';
import { REGISTERED_ACCOUNTS } from './accounts.ts';
import { forEachConcurrently } from './concurrency.ts';
import { INSTITUTIONS } from './institutions.ts';
import { ResidentSession } from './resident-session.ts';
import { type ResidentFamily, residentFamilies, type SyntheticResident } from './residents.ts';

export interface LoadResidentsOptions {
  /** Origin of a platform with development sign-in and a register that knows the synthetic residents. */
  readonly baseUrl: string;
  /** Code of the development accounts. */
  readonly code: string;
  readonly signal?: AbortSignal | undefined;
}

export interface LoadedResidents {
  readonly persons: number;
  readonly cards: number;
  /** The furthest log position of all answers: for `?after=`. */
  readonly position: string;
}

/**
 * Registers the holders of the development accounts as they would do it themselves: signed in, over HTTP, with family
 * and cards. A second run changes nothing, because keys follow from what is sent.
 * @throws PlatformRefusal, PlatformUnavailable, or the signal's reason
 */
export async function loadResidents(options: LoadResidentsOptions): Promise<LoadedResidents> {
  const tally = new Tally();
  const families = residentFamilies().registered;
  const accounts = REGISTERED_ACCOUNTS.map((account, index) => ({ account, family: families[index] }));
  await forEachConcurrently(
    accounts,
    accounts.length,
    options.signal,
    async ({ account, family }, signal) => {
      const session = await ResidentSession.open({ ...options, account, signal });
      if (family) await registerFamily(session, family, tally);
    },
  );
  return tally.summary();
}

async function registerFamily(session: ResidentSession, family: ResidentFamily, tally: Tally): Promise<void> {
  const { holder, members } = family;
  const self = await send(session, 'registration', { person: personOf(holder) }, tally);
  await addCards(session, self.personId, holder, tally);
  for (const { person, relation } of members) {
    const guardianConsent = relation === 'child';
    // A child is reached through its parent.
    const { mobile } = guardianConsent ? holder : person;
    const member = { person: { ...personOf(person), mobile }, relation, guardianConsent };
    const { personId } = await send(session, 'family', member, tally);
    await addCards(session, personId, person, tally);
  }
}

/** Everybody has a social security card; every other one also a card of the first hospital. */
async function addCards(
  session: ResidentSession,
  personId: string,
  { identityNumber, sex }: SyntheticResident,
  tally: Tally,
): Promise<void> {
  const tail = identityNumber.slice(6, 17);
  await send(session, 'cards', { personId, kind: 'socialSecurity', number: `YS${tail}` }, tally);
  if (sex === '1') return;
  const institutionCode = INSTITUTIONS[0]?.code;
  await send(
    session,
    'cards',
    { personId, kind: 'hospitalCard', number: `YY${tail}`, institutionCode },
    tally,
  );
}

function personOf({ name, identityKind, identityNumber, mobile }: SyntheticResident) {
  return { name, identityKind, identityNumber, mobile };
}

async function send(
  session: ResidentSession,
  path: 'registration' | 'family' | 'cards',
  body: unknown,
  tally: Tally,
): Promise<PersonResult> {
  const key = `residents-${bodyDigest(Buffer.from(JSON.stringify(body))).slice(0, 32)}`;
  const result = (await session.post(`/api/residents/${path}`, body, key)) as PersonResult;
  tally.add(path === 'cards' ? 'cards' : 'persons', result.position);
  return result;
}

class Tally {
  readonly #counts = { persons: 0, cards: 0 };
  #position = 0n;

  add(what: 'persons' | 'cards', position: string): void {
    this.#counts[what] += 1;
    if (BigInt(position) > this.#position) this.#position = BigInt(position);
  }

  summary(): LoadedResidents {
    return { ...this.#counts, position: String(this.#position) };
  }
}
