import { organisationCodeCheckCharacter } from './organisation-code.ts';

const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';
const WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28] as const;

export type UsccFault = 'LENGTH' | 'FORMAT' | 'CHECKSUM' | 'ORGANISATION_CHECKSUM';
export type UsccCheck =
  | { readonly valid: true; readonly organisationCode: string }
  | { readonly valid: false; readonly fault: UsccFault };

/** The check character of the first 17 characters of a unified social credit code. */
export function usccCheckCharacter(first17: string): string {
  const sum = WEIGHTS.reduce(
    (total, weight, index) => total + weight * ALPHABET.indexOf(first17.charAt(index)),
    0,
  );
  return ALPHABET.charAt((31 - (sum % 31)) % 31);
}

/**
 * Checks a unified social credit code (统一社会信用代码) with both its check characters.
 * Source: GB 32100-2015; characters 9–17 are an organisation code of GB 11714.
 */
export function checkUscc(value: string): UsccCheck {
  if (value.length !== 18) return { valid: false, fault: 'LENGTH' };
  if (![...value].every((character) => ALPHABET.includes(character)))
    return { valid: false, fault: 'FORMAT' };
  if (usccCheckCharacter(value.slice(0, 17)) !== value.charAt(17)) return { valid: false, fault: 'CHECKSUM' };
  const organisationCode = value.slice(8, 17);
  if (organisationCodeCheckCharacter(organisationCode.slice(0, 8)) !== organisationCode.charAt(8)) {
    return { valid: false, fault: 'ORGANISATION_CHECKSUM' };
  }
  return { valid: true, organisationCode };
}
