import type {
  BookingRuleDetails,
  ChannelDetails,
  ClinicDetails,
  DepartmentDetails,
  DirectoryKind,
  DoctorDetails,
  InstitutionDetails,
  InstitutionsEvent,
  InternetClinicDetails,
} from '@qingpu/contracts/events/institutions';
import type { Sealed } from '@qingpu/contracts/events/sealed';
import type { Actor } from '@qingpu/contracts/events/stored-event';
import type { EntryStatus } from '@qingpu/contracts/http/institutions';
import { VIEW_NAMES } from '@qingpu/contracts/http/updates';
import type { ViewDefinition } from '@qingpu/read-models-kernel/view';
import type { ViewDocument } from '@qingpu/read-models-kernel/view-store';

/** What every entry has, whatever its kind. Names of other entries are looked up by id when they are shown. */
interface EntryCommon extends ViewDocument {
  readonly institutionCode: string;
  readonly code: string;
  /** Category of the institution as its code says it, such as A100. */
  readonly category: string;
  readonly status: EntryStatus;
  readonly name: string;
  /** Orders lists by the sound of the name, then by id. */
  readonly sortKey: string;
  /** What the start of a search text may match. */
  readonly searchKeys: readonly string[];
  /** What a search text may equal: names and the code. */
  readonly exactKeys: readonly string[];
  /** Departments under which the entry is found. */
  readonly departmentCodes: readonly string[];
  readonly revision: number;
  readonly updatedAt: string;
}

export interface InstitutionDocument extends EntryCommon {
  readonly kind: 'institution';
  readonly details: InstitutionDetails;
}

export interface DepartmentDocument extends EntryCommon {
  readonly kind: 'department';
  readonly details: DepartmentDetails;
}

/** A doctor's published listing; empty once the doctor is erased. */
export interface Listing {
  /** GB/T 2261.1. */
  readonly sex: string;
  readonly expertise: string;
  readonly introduction: string;
}

export interface MaskedPerson {
  readonly residentId: string;
  readonly mobile: string;
  readonly certificateNumber: string;
}

export interface DoctorDocument extends EntryCommon {
  readonly kind: 'doctor';
  readonly details: DoctorDetails;
  readonly title: string;
  readonly expert: boolean;
  readonly listing: Listing;
  /** Null once the doctor is erased, like the two after it. */
  readonly masked: MaskedPerson | null;
  readonly sealedPerson: Sealed | null;
  readonly residentIdIndex: string | null;
}

export interface ClinicDocument extends EntryCommon {
  readonly kind: 'clinic';
  readonly details: ClinicDetails;
}

export interface InternetClinicDocument extends EntryCommon {
  readonly kind: 'internetClinic';
  readonly details: InternetClinicDetails;
}

export interface ChannelDocument extends EntryCommon {
  readonly kind: 'channel';
  readonly details: ChannelDetails;
}

export interface BookingRuleDocument extends EntryCommon {
  readonly kind: 'bookingRule';
  /** As last filed, which may come into force later. */
  readonly details: BookingRuleDetails;
  readonly ruleVersion: number;
  readonly filingNumber: string;
}

/** One entry of the directory as it is now; `_id` is the entry's stream, `guard` its revision. */
export type EntryDocument =
  | InstitutionDocument
  | DepartmentDocument
  | DoctorDocument
  | ClinicDocument
  | InternetClinicDocument
  | ChannelDocument
  | BookingRuleDocument;

/** One event of an entry, for its timeline; `_id` is the event's id. It never holds personal data. */
export interface HistoryDocument extends ViewDocument {
  readonly entryId: string;
  readonly kind: DirectoryKind;
  readonly institutionCode: string;
  readonly revision: number;
  readonly type: InstitutionsEvent['type'];
  readonly at: string;
  readonly actor: Actor;
  readonly reason: string | null;
  /** The clear details after the event; null when the event did not touch them. */
  readonly details: EntryDocument['details'] | null;
  /** Tells whether the sealed person changed, and nothing else. */
  readonly personFingerprint: string | null;
  readonly ruleVersion: number | null;
}

/** One filed version of a booking rule; filed versions never change. */
export interface RuleVersionDocument extends ViewDocument {
  readonly entryId: string;
  readonly ruleVersion: number;
  readonly filingNumber: string;
  readonly filedAt: string;
  readonly effectiveFrom: string;
  readonly details: BookingRuleDetails;
}

/** The `_id` of an entry: the name of its stream. */
export function entryId(kind: DirectoryKind, institutionCode: string, code: string): string {
  return kind === 'institution' ? `institution-${institutionCode}` : `${kind}-${institutionCode}.${code}`;
}

export const institutionDirectoryView: ViewDefinition = {
  name: VIEW_NAMES.institutionDirectory,
  version: 1,
  collections: {
    entries: [
      { keys: { kind: 1, status: 1, sortKey: 1 } },
      { keys: { kind: 1, institutionCode: 1, status: 1, sortKey: 1 } },
      { keys: { kind: 1, status: 1, category: 1, sortKey: 1 } },
      { keys: { kind: 1, status: 1, title: 1, expert: 1, sortKey: 1 } },
      { keys: { kind: 1, status: 1, expert: 1, sortKey: 1 } },
      { keys: { kind: 1, institutionCode: 1, departmentCodes: 1, status: 1 } },
      { keys: { kind: 1, status: 1, departmentCodes: 1 } },
      { keys: { kind: 1, status: 1, searchKeys: 1 } },
      { keys: { kind: 1, status: 1, exactKeys: 1 } },
    ],
    history: [{ keys: { entryId: 1, revision: -1 } }],
    rule_versions: [{ keys: { entryId: 1, ruleVersion: -1 } }],
  },
};
