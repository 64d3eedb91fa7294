import { organisationCodeCheckCharacter } from '@qingpu/contracts/codes/organisation-code';
import { residentIdCheckCharacter } from '@qingpu/contracts/codes/resident-id';
import { usccCheckCharacter } from '@qingpu/contracts/codes/uscc';

/*
 * Codes that add up and yet name nobody. How to recognise them:
 * organisations are called DUMMY001 … DUMMY016; doctors' identity numbers have the area 310000, which is the whole
 * city and not a district that issues numbers; mobiles start with 19900; certificates name the region 999999.
 */

/** 青浦区 in GB/T 2260. */
const REGION = '310118';
/** GB/T 12402: 11 state-owned. */
const STATE_OWNED = '11';
const NON_PROFIT = '1';
/** GB 32100: 1 registered by the institution-establishment authority, 2 as a public institution (事业单位). */
const PUBLIC_INSTITUTION = '12';

/** Most institutions and doctors per institution for which codes stay different. */
export const MOST_INSTITUTIONS = 20;
export const MOST_DOCTORS_PER_INSTITUTION = 50_000;

const BIRTH_DAYS = 13_001;
const FIRST_BIRTH_DAY = Date.UTC(1966, 0, 1);
const DAY_MS = 86_400_000;
/** Prime and no divisor of the ranges below, so that multiplying by it shuffles a range without repeating. */
const SHUFFLE = 7919;

/** The organisation code of institution `index` (counted from 1): DUMMY001 and its check character. */
function organisationCode(index: number): string {
  const first8 = `DUMMY${String(index).padStart(3, '0')}`;
  return first8 + organisationCodeCheckCharacter(first8);
}

/** The 22-character code (WS 218) of institution `index` with a category such as A100. */
export function syntheticInstitutionCode(index: number, category: string): string {
  return organisationCode(index) + REGION + STATE_OWNED + category + NON_PROFIT;
}

/** The unified social credit code that belongs to the same organisation. */
export function syntheticUscc(index: number): string {
  const first17 = PUBLIC_INSTITUTION + REGION + organisationCode(index);
  return first17 + usccCheckCharacter(first17);
}

export interface SyntheticIdentity {
  readonly residentId: string;
  readonly birthYear: number;
  readonly mobile: string;
  readonly certificateNumber: string;
}

/** WS practising categories inside a certificate number. */
export type CertificateCategory = '110' | '120' | '130' | '141';

/** Identity of doctor `doctor` (from 0) of institution `institution` (from 0); no two are alike. */
export function syntheticIdentity(
  institution: number,
  doctor: number,
  sex: '1' | '2',
  category: CertificateCategory,
): SyntheticIdentity {
  if (institution >= MOST_INSTITUTIONS || doctor >= MOST_DOCTORS_PER_INSTITUTION) {
    throw new RangeError('more doctors than there are synthetic identities');
  }
  const person = institution * MOST_DOCTORS_PER_INSTITUTION + doctor;
  const birth = birthOf(person);
  // Odd numbers are male, even ones female (GB 11643).
  const sequence = Math.floor(person / BIRTH_DAYS) * 2 + (sex === '1' ? 1 : 0);
  const first17 = `310000${birth}${String(sequence).padStart(3, '0')}`;
  return {
    residentId: first17 + residentIdCheckCharacter(first17),
    birthYear: Number(birth.slice(0, 4)),
    mobile: `19900${String((person * SHUFFLE) % 1_000_000).padStart(6, '0')}`,
    certificateNumber: `${category}999999${String(person).padStart(6, '0')}`,
  };
}

function birthOf(person: number): string {
  const day = (person * SHUFFLE) % BIRTH_DAYS;
  return new Date(FIRST_BIRTH_DAY + day * DAY_MS).toISOString().slice(0, 10).replaceAll('-', '');
}
