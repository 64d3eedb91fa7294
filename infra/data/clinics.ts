import { type ClinicKind, codesOf, INTERNET_SERVICES } from '@qingpu/contracts/codes/directory-tables';
import type { Registration } from '@qingpu/contracts/partners/hospital/registration';
import type { InstitutionPlan } from './institutions.ts';
import type { Random } from './random.ts';
import { subjectFacts } from './subjects.ts';

type Department = Registration<'department'>;
type Doctor = Registration<'doctor'>;
type Clinic = Registration<'clinic'>;
type InternetClinic = Registration<'internetClinic'>;

const EMERGENCY = '20';
const GENERAL_PRACTICE = '02';
const MOST_INTERNET_CLINICS = 8;

/** Fees in fen; an expert clinic costs more with a chief physician (title 231). */
interface Fees {
  readonly general: number;
  readonly disease: number;
  readonly expert: number;
  readonly chief: number;
  readonly special: number;
}

const TERTIARY: Fees = { general: 2500, disease: 3000, expert: 3500, chief: 4500, special: 20_000 };
const SECONDARY: Fees = { general: 2000, disease: 2500, expert: 3000, chief: 3800, special: 15_000 };
const COMMUNITY: Fees = { general: 1400, disease: 1800, expert: 2200, chief: 2600, special: 0 };

function feesOf({ grade, hospital }: InstitutionPlan): Fees {
  if (!hospital) return COMMUNITY;
  return grade.startsWith('3') ? TERTIARY : SECONDARY;
}

/**
 * The clinics of an institution: one general clinic a department, clinics of single diseases, one clinic an expert
 * and a few special ones. Names never contain a doctor's name, because a clinic's record is kept in clear.
 */
export function clinicsOf(
  plan: InstitutionPlan,
  departments: readonly Department[],
  doctors: readonly Doctor[],
): readonly Clinic[] {
  const fees = feesOf(plan);
  const byCode = new Map(departments.map((department) => [department.code, department]));
  const bookable = departments.filter(isBookable);
  return [
    ...bookable.map((department) =>
      clinic(department, 'general', 'GEN', `${plainName(department)}普通门诊`, fees.general),
    ),
    ...diseaseClinics(plan, bookable, fees.disease),
    ...doctors
      .filter((doctor) => doctor.details.expert)
      .flatMap((doctor) => expertClinics(doctor, byCode, fees)),
  ];
}

/** 全科门诊 already says that it is a clinic: its general clinic is 全科普通门诊. */
function plainName(department: Department): string {
  return department.details.name.replace(/门诊$/, '');
}

/** Patients see second-level departments; nobody books an emergency. */
function isBookable({ details }: Department): boolean {
  return details.level === 2 && details.subjectCode !== EMERGENCY;
}

/** Hospitals run clinics of single diseases in their specialities, centres those of the chronic diseases they manage. */
function diseaseClinics(
  { hospital }: InstitutionPlan,
  departments: readonly Department[],
  feeFen: number,
): readonly Clinic[] {
  const seen = new Set<string>();
  const running = departments.filter(
    ({ details }) => hospital !== (details.subjectCode === GENERAL_PRACTICE),
  );
  return running.flatMap((department) =>
    subjectFacts(department.details).diseaseClinics.flatMap((disease, index) => {
      // Departments share subjects; one clinic for each disease is enough.
      if (seen.has(disease)) return [];
      seen.add(disease);
      return [clinic(department, 'disease', `DIS${index + 1}`, `${disease}专病门诊`, feeFen)];
    }),
  );
}

function expertClinics(
  doctor: Doctor,
  departments: ReadonlyMap<string, Department>,
  fees: Fees,
): readonly Clinic[] {
  const department = departments.get(doctor.details.departmentCodes[0] ?? '');
  if (!department) return [];
  const chief = doctor.details.title === '231';
  const name = plainName(department);
  const expert = clinic(
    department,
    'expert',
    'EXP',
    `${name}专家门诊`,
    chief ? fees.chief : fees.expert,
    doctor,
  );
  // By code and not by chance, so that a larger scale leaves the clinics of the first doctors as they are.
  if (!chief || Number(doctor.code.slice(2)) % 3 !== 0) return [expert];
  return [expert, clinic(department, 'special', 'SPE', `${name}特需门诊`, fees.special, doctor)];
}

function clinic(
  department: Department,
  kind: ClinicKind,
  prefix: string,
  name: string,
  feeFen: number,
  doctor?: Doctor,
): Clinic {
  return {
    institutionCode: department.institutionCode,
    code: `${prefix}_${doctor?.code ?? department.code}`,
    details: {
      name,
      departmentCode: department.code,
      doctorCode: doctor?.code ?? null,
      kind,
      feeFen,
      location: department.details.location,
    },
  };
}

/** The internet clinics of a hospital; community health centres have none. Doctors added by a larger scale hold none. */
export function internetClinicsOf(
  plan: InstitutionPlan,
  departments: readonly Department[],
  doctors: readonly Doctor[],
  random: Random,
): readonly InternetClinic[] {
  if (!plan.hospital) return [];
  const licence = `演示许可证-${String(plan.index + 1).padStart(4, '0')}`;
  const usual = doctors.slice(0, plan.doctors);
  return random.sample(departments.filter(isBookable), MOST_INTERNET_CLINICS).map((department) => {
    const doctor = usual.find(
      ({ details }) => details.expert && details.departmentCodes[0] === department.code,
    );
    return {
      institutionCode: plan.code,
      code: `NET_${department.code}`,
      details: {
        name: `${plainName(department)}互联网门诊`,
        departmentCode: department.code,
        doctorCode: doctor?.code ?? null,
        services: random.sample(codesOf(INTERNET_SERVICES), 1 + random.below(3)),
        feeFen: doctor ? 5000 : 2500,
        licence,
      },
    };
  });
}
