import type { SlotFacts } from '@qingpu/contracts/events/slots';
import type { Rejection } from '@qingpu/domains-kernel/rejection';
import type { BookingPolicy } from './booking-policy.ts';
import { departmentDayLimit, departmentsDayLimit, doctorDayLimit } from './ledger-rejections.ts';

type Limits = Pick<BookingPolicy, 'perDepartmentDay' | 'perDoctorDay' | 'departmentsPerDay'>;

/**
 * The limit that one more booking would break; undefined when it breaks none. Rule 7.6: one active booking per person,
 * date, institution and department; one per doctor and day; three departments a day, wherever they are.
 * @param active slots of the person's other bookings, open claims included
 */
export function brokenLimit(
  active: readonly SlotFacts[],
  wanted: SlotFacts,
  limits: Limits,
): Rejection | undefined {
  const sameDay = active.filter(({ date }) => date === wanted.date);
  if (sameDay.filter((slot) => sameDepartment(slot, wanted)).length >= limits.perDepartmentDay)
    return departmentDayLimit(limits.perDepartmentDay);
  if (sameDay.filter((slot) => sameDoctor(slot, wanted)).length >= limits.perDoctorDay)
    return doctorDayLimit(limits.perDoctorDay);
  const departments = new Set([...sameDay, wanted].map(departmentOf));
  return departments.size > limits.departmentsPerDay
    ? departmentsDayLimit(limits.departmentsPerDay)
    : undefined;
}

function departmentOf({ institutionCode, departmentCode }: SlotFacts): string {
  return `${institutionCode} ${departmentCode}`;
}

function sameDepartment(one: SlotFacts, other: SlotFacts): boolean {
  return departmentOf(one) === departmentOf(other);
}

/** Codes of doctors are an institution's own; a clinic without a named doctor has none. */
function sameDoctor(one: SlotFacts, other: SlotFacts): boolean {
  const sameInstitution = one.institutionCode === other.institutionCode;
  return sameInstitution && one.doctorCode !== null && one.doctorCode === other.doctorCode;
}
