import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import type { Registration } from '@qingpu/contracts/partners/hospital/registration';
import { bookingRulesOf } from './booking-rules.ts';
import { channelsOf } from './channels.ts';
import { clinicsOf, internetClinicsOf } from './clinics.ts';
import { MOST_DOCTORS_PER_INSTITUTION } from './codes.ts';
import { departmentsOf } from './departments.ts';
import { doctorOf } from './doctors.ts';
import { INSTITUTIONS, type InstitutionPlan, institutionEntry } from './institutions.ts';
import { randomOf } from './random.ts';

/** Every registration of one institution, in an order in which references resolve. */
export type InstitutionEntries = { readonly [Kind in DirectoryKind]: readonly Registration<Kind>[] };

export interface SyntheticInstitution {
  readonly code: string;
  readonly name: string;
  readonly hospital: boolean;
  readonly entries: InstitutionEntries;
}

export interface DistrictOptions {
  readonly seed?: string | undefined;
  /** Number of doctors in the whole district; left out, as many as a district has. */
  readonly scale?: number | undefined;
  /** First day of the booking rules, YYYY-MM-DD. */
  readonly rulesFrom?: string | undefined;
}

const SEED = 'qingpu-2026';
const RULES_FROM = '2026-01-01';
const USUAL_DOCTORS = INSTITUTIONS.reduce((sum, plan) => sum + plan.doctors, 0);

/**
 * The synthetic district: 4 hospitals and 12 community health centres with all that they register.
 * The same options always give the same district; a larger scale only adds doctors and their clinics.
 * @throws RangeError for a scale that leaves an institution without doctors or runs out of identities
 */
export function syntheticDistrict(options: DistrictOptions = {}): readonly SyntheticInstitution[] {
  const { seed = SEED, rulesFrom = RULES_FROM, scale } = options;
  const doctors = doctorCounts(scale);
  return INSTITUTIONS.map((plan) => ({
    code: plan.code,
    name: plan.name,
    hospital: plan.hospital,
    entries: entriesOf(plan, seed, rulesFrom, doctors[plan.index] ?? 0),
  }));
}

function entriesOf(
  plan: InstitutionPlan,
  seed: string,
  rulesFrom: string,
  doctorCount: number,
): InstitutionEntries {
  const department = departmentsOf(plan.code, plan.departments, randomOf(`${seed}/${plan.code}/departments`));
  const doctor = Array.from({ length: doctorCount }, (_none, index) =>
    doctorOf(seed, plan, department, index),
  );
  return {
    institution: [institutionEntry(plan)],
    department,
    doctor,
    clinic: clinicsOf(plan, department, doctor),
    internetClinic: internetClinicsOf(plan, department, doctor, randomOf(`${seed}/${plan.code}/internet`)),
    channel: channelsOf(plan),
    bookingRule: bookingRulesOf(plan.code, plan.rules, rulesFrom),
  };
}

/** Doctors per institution in the usual proportions; what rounding leaves over goes to the first hospital. */
function doctorCounts(scale = USUAL_DOCTORS): readonly number[] {
  const counts = INSTITUTIONS.map((plan) => Math.floor((scale * plan.doctors) / USUAL_DOCTORS));
  const rest = scale - counts.reduce((sum, count) => sum + count, 0);
  const [first = 0, ...others] = counts;
  const all = [first + rest, ...others];
  if (!Number.isInteger(scale) || all.some((count) => count < 1 || count > MOST_DOCTORS_PER_INSTITUTION)) {
    throw new RangeError(
      `scale ${scale} is not possible: choose a whole number of doctors from 50 to 200000`,
    );
  }
  return all;
}
