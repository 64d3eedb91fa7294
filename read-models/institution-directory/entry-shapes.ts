import { CLINIC_KINDS, DOCTOR_TITLES, INSTITUTION_GRADES } from '@qingpu/contracts/codes/directory-tables';
import { institutionCategoryName } from '@qingpu/contracts/codes/institution-code';
import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import type { DirectoryEntry } from '@qingpu/contracts/http/institutions';
import { type EntryNames, idsNamedIn, inWords, yuan } from './details-in-words.ts';
import { type EntryDocument, entryId } from './view.ts';

/** Ids of the entries whose names an entry is shown with. */
export function idsNamedByEntry(entry: EntryDocument): string[] {
  const own = entryId('institution', entry.institutionCode, entry.institutionCode);
  return [own, ...idsNamedIn(entry, entry.details)];
}

/** An entry as the API answers it. `withPerson` adds the masked personal data of a doctor. */
export function entryShape(entry: EntryDocument, names: EntryNames, withPerson: boolean): DirectoryEntry {
  const common = commonShape(entry, names);
  switch (entry.kind) {
    case 'institution': {
      const { category } = entry;
      const categoryName = institutionCategoryName(category);
      return { kind: entry.kind, ...common, category, categoryName, details: entry.details };
    }
    case 'department': {
      const parentName = nameOf(entry, 'department', entry.details.parentCode, names);
      return { kind: entry.kind, ...common, parentName, details: entry.details };
    }
    case 'doctor': {
      const departmentNames = entry.details.departmentCodes.map((code) => departmentName(entry, code, names));
      const person = withPerson && entry.masked ? { person: entry.masked } : {};
      return {
        kind: entry.kind,
        ...common,
        departmentNames,
        details: entry.details,
        listing: entry.listing,
        ...person,
      };
    }
    case 'clinic':
      return { kind: entry.kind, ...common, ...placeNames(entry, names), details: entry.details };
    case 'internetClinic':
      return { kind: entry.kind, ...common, ...placeNames(entry, names), details: entry.details };
    case 'channel':
      return { kind: entry.kind, ...common, details: entry.details };
    case 'bookingRule': {
      const { kind, ruleVersion, filingNumber, details } = entry;
      return { kind, ...common, ruleVersion, filingNumber, details };
    }
  }
}

/** The department that a clinic belongs to; null for whatever has a page of its own. */
export function clinicDepartment(entry: EntryDocument): string | null {
  return entry.kind === 'clinic' || entry.kind === 'internetClinic' ? entry.details.departmentCode : null;
}

/** One line beneath the name of a search result. */
export function summaryLine(entry: EntryDocument, names: EntryNames): string {
  return summaryParts(entry, names)
    .filter((part) => part !== '')
    .join(' · ');
}

function summaryParts(entry: EntryDocument, names: EntryNames): string[] {
  switch (entry.kind) {
    case 'institution':
      return [INSTITUTION_GRADES[entry.details.grade], entry.details.address];
    case 'department':
      return [nameOf(entry, 'department', entry.details.parentCode, names) ?? '', entry.details.location];
    case 'doctor':
      return [
        DOCTOR_TITLES[entry.details.title],
        departmentsLine(entry, entry.details.departmentCodes, names),
      ];
    case 'clinic': {
      const { kind, departmentCode, feeFen } = entry.details;
      return [CLINIC_KINDS[kind], departmentName(entry, departmentCode, names), yuan(feeFen)];
    }
    case 'internetClinic': {
      const { services, departmentCode, feeFen } = entry.details;
      const offered = inWords(entry, 'services', services, names);
      return [offered, departmentName(entry, departmentCode, names), yuan(feeFen)];
    }
    case 'channel':
    case 'bookingRule':
      return [];
  }
}

function commonShape(entry: EntryDocument, names: EntryNames) {
  const { institutionCode, code, name, status, revision, updatedAt } = entry;
  const institutionName = nameOf(entry, 'institution', institutionCode, names) ?? institutionCode;
  return { institutionCode, code, institutionName, name, status, revision, updatedAt };
}

type Placed = Extract<EntryDocument, { kind: 'clinic' | 'internetClinic' }>;

function placeNames(entry: Placed, names: EntryNames) {
  const { departmentCode, doctorCode } = entry.details;
  return {
    departmentName: departmentName(entry, departmentCode, names),
    doctorName: nameOf(entry, 'doctor', doctorCode, names),
  };
}

function departmentsLine(entry: EntryDocument, codes: readonly string[], names: EntryNames): string {
  return codes.map((code) => departmentName(entry, code, names)).join('、');
}

function departmentName(entry: EntryDocument, code: string, names: EntryNames): string {
  return nameOf(entry, 'department', code, names) ?? code;
}

/** The name of an entry of the same institution; its code where the view has no such entry yet. */
function nameOf(
  entry: EntryDocument,
  kind: DirectoryKind,
  code: string | null,
  names: EntryNames,
): string | null {
  return code === null ? null : (names.get(entryId(kind, entry.institutionCode, code)) ?? code);
}
