import { isOrganisationCode } from './organisation-code.ts';
import categories from './tables/institution-categories@ws218-2002.json' with { type: 'json' };

export type InstitutionCodeFault = 'LENGTH' | 'FORMAT' | 'ORGANISATION_CHECKSUM' | 'CATEGORY' | 'MANAGEMENT';

export type InstitutionCodeCheck =
  | {
      readonly valid: true;
      readonly organisationCode: string;
      readonly region: string;
      readonly category: string;
    }
  | { readonly valid: false; readonly fault: InstitutionCodeFault };

const CATEGORY_LETTERS: Readonly<Record<string, string>> = categories.letters;

/**
 * Checks a 22-character health-institution code: organisation code (9), region (6), economic type (2),
 * category (4, such as A100), management class (1 non-profit, 2 profit). Source: WS 218-2002.
 */
export function checkInstitutionCode(value: string): InstitutionCodeCheck {
  if (value.length !== 22) return { valid: false, fault: 'LENGTH' };
  if (!/^[0-9A-Z]{9}\d{6}\d{2}[A-Z]\d{3}\d$/.test(value)) return { valid: false, fault: 'FORMAT' };
  const organisationCode = value.slice(0, 9);
  if (!isOrganisationCode(organisationCode)) return { valid: false, fault: 'ORGANISATION_CHECKSUM' };
  const category = value.slice(17, 21);
  if (!(category.charAt(0) in CATEGORY_LETTERS)) return { valid: false, fault: 'CATEGORY' };
  if (!/[12]$/.test(value)) return { valid: false, fault: 'MANAGEMENT' };
  return { valid: true, organisationCode, region: value.slice(9, 15), category };
}

/** The Chinese name of a category such as A100; the letter's name where the full code has none. */
export function institutionCategoryName(category: string): string {
  const names: Readonly<Record<string, string>> = categories.categories;
  return names[category] ?? CATEGORY_LETTERS[category.charAt(0)] ?? category;
}
