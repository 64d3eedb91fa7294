const WEIGHTS = [3, 7, 9, 10, 5, 8, 4, 2] as const;

/** The value of a character of an organisation code: digits 0–9, then A = 10 … Z = 35. */
function characterValue(character: string): number {
  return Number.parseInt(character, 36);
}

/** The check character of the first 8 characters of an organisation code. Source: GB 11714-1997. */
export function organisationCodeCheckCharacter(first8: string): string {
  const sum = WEIGHTS.reduce(
    (total, weight, index) => total + weight * characterValue(first8.charAt(index)),
    0,
  );
  const check = 11 - (sum % 11);
  if (check === 10) return 'X';
  return check === 11 ? '0' : String(check);
}

/** Whether a 9-character organisation code (8 characters and a check character) is well formed and adds up. */
export function isOrganisationCode(value: string): boolean {
  return (
    /^[0-9A-Z]{8}[0-9X]$/.test(value) && organisationCodeCheckCharacter(value.slice(0, 8)) === value.charAt(8)
  );
}
