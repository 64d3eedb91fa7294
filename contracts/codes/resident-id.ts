/** Weights and check characters of GB 11643-1999 (ISO 7064 MOD 11-2). */
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const;
const CHECK_CHARACTERS = '10X98765432';

export type ResidentIdFault = 'LENGTH' | 'FORMAT' | 'BIRTHDATE' | 'CHECKSUM';

export interface ResidentIdFacts {
  readonly valid: true;
  /** The number with an upper-case check character. */
  readonly normalised: string;
  /** GB/T 2261.1: 1 male, 2 female. */
  readonly sex: '1' | '2';
  /** Date of birth, YYYY-MM-DD. */
  readonly birthDate: string;
}

export type ResidentIdCheck = ResidentIdFacts | { readonly valid: false; readonly fault: ResidentIdFault };

/** The check character of the first 17 digits. */
export function residentIdCheckCharacter(first17: string): string {
  const sum = WEIGHTS.reduce((total, weight, index) => total + weight * Number(first17[index]), 0);
  return CHECK_CHARACTERS.charAt(sum % 11);
}

/**
 * Checks an 18-character resident identity number: form, date of birth, check character.
 * Area codes are not looked up, because codes of abolished districts stay valid.
 * Source: GB 11643-1999.
 */
export function checkResidentId(value: string, today: string = todayInShanghai()): ResidentIdCheck {
  const normalised = value.toUpperCase();
  if (normalised.length !== 18) return { valid: false, fault: 'LENGTH' };
  if (!/^\d{17}[\dX]$/.test(normalised)) return { valid: false, fault: 'FORMAT' };
  const birthDate = `${normalised.slice(6, 10)}-${normalised.slice(10, 12)}-${normalised.slice(12, 14)}`;
  if (!isCalendarDate(birthDate) || birthDate > today || birthDate < '1880-01-01') {
    return { valid: false, fault: 'BIRTHDATE' };
  }
  if (residentIdCheckCharacter(normalised.slice(0, 17)) !== normalised.charAt(17))
    return { valid: false, fault: 'CHECKSUM' };
  return { valid: true, normalised, sex: Number(normalised.charAt(16)) % 2 === 1 ? '1' : '2', birthDate };
}

/** Early in the morning the date in Shanghai is already ahead of UTC: who is born then is not born tomorrow. */
function todayInShanghai(): string {
  return new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
}

function isCalendarDate(value: string): boolean {
  const date = new Date(`${value}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === value;
}
