import { shanghaiDate } from '@qingpu/domains-kernel/clock';

/**
 * Whole years of age on the calendar day in Asia/Shanghai; a year is full on the day of birth, on 1 March for who was
 * born on 29 February and the year has none.
 * @param birthDate YYYY-MM-DD
 */
export function ageOn(birthDate: string, now: Date): number {
  const today = shanghaiDate(now);
  const years = Number(today.slice(0, 4)) - Number(birthDate.slice(0, 4));
  return today.slice(5) < birthDate.slice(5) ? years - 1 : years;
}
