/*
 * Names and numbers of identity documents in the one form in which they are compared: who types a number in small
 * letters, or another dot between the parts of a name, is still the same person.
 */

export function normalisedName(name: string): string {
  return name
    .normalize('NFKC')
    .trim()
    .replaceAll(/[•・‧･]/g, '·');
}

export function normalisedIdentityNumber(identityNumber: string): string {
  return identityNumber.normalize('NFKC').trim().toUpperCase();
}
