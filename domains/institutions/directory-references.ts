import type {
  ClinicDetails,
  DepartmentDetails,
  DirectoryKind,
  DoctorDetails,
} from '@qingpu/contracts/events/institutions';
import { departmentUnknown, doctorUnknown, institutionUnknown, parentDepartmentUnfit } from './rejections.ts';

/** What an entry refers to, as its own streams say at the time of the decision. */
export interface DirectoryReferences {
  readonly institutionActive: boolean;
  /** Active departments among those that the entry names: code → level. */
  readonly departments: ReadonlyMap<string, 1 | 2>;
  /** Active doctors among those that the entry names. */
  readonly doctors: ReadonlySet<string>;
}

export interface NamedReferences {
  readonly departments: readonly string[];
  readonly doctors: readonly string[];
}

interface Referring {
  readonly kind: DirectoryKind;
  readonly code: string;
  readonly details: unknown;
}

/** The codes that an entry's details name in its own institution. */
export function namedReferences({ kind, details }: Pick<Referring, 'kind' | 'details'>): NamedReferences {
  switch (kind) {
    case 'department': {
      const { parentCode } = details as DepartmentDetails;
      return { departments: parentCode ? [parentCode] : [], doctors: [] };
    }
    case 'doctor':
      return { departments: (details as DoctorDetails).departmentCodes, doctors: [] };
    case 'clinic':
    case 'internetClinic': {
      const { departmentCode, doctorCode } = details as Pick<ClinicDetails, 'departmentCode' | 'doctorCode'>;
      return { departments: [departmentCode], doctors: doctorCode ? [doctorCode] : [] };
    }
    default:
      return { departments: [], doctors: [] };
  }
}

/** Every entry stands on others that are registered and active. @throws Rejection naming what is missing. */
export function checkReferences(entry: Referring, references: DirectoryReferences): void {
  if (entry.kind === 'institution') return;
  if (!references.institutionActive) throw institutionUnknown();
  const named = namedReferences(entry);
  const missingDepartment = named.departments.find((code) => !references.departments.has(code));
  if (missingDepartment !== undefined) throw departmentUnknown(missingDepartment);
  const missingDoctor = named.doctors.find((code) => !references.doctors.has(code));
  if (missingDoctor !== undefined) throw doctorUnknown(missingDoctor);
  if (entry.kind === 'department') checkParent(entry, named, references);
}

function checkParent(entry: Referring, named: NamedReferences, references: DirectoryReferences): void {
  const [parent] = named.departments;
  if (parent === undefined) return;
  if (parent === entry.code || references.departments.get(parent) !== 1) throw parentDepartmentUnfit(parent);
}
