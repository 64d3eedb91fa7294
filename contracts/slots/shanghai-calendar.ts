/*
 * Clock times and calendar dates of Asia/Shanghai, which has had no daylight saving since 1991.
 * Nothing here asks the machine for its time zone.
 */

const DAY_MS = 86_400_000;
const SHANGHAI_OFFSET_MS = 8 * 3_600_000;

/**
 * The instant at which a Shanghai clock shows a time.
 * @param date YYYY-MM-DD
 * @param clockTime HH:mm; 24:00 is the midnight that ends the date
 */
export function shanghaiInstant(date: string, clockTime: string): Date {
  return clockTime === '24:00'
    ? shanghaiInstant(plusDays(date, 1), '00:00')
    : new Date(`${date}T${clockTime}:00.000+08:00`);
}

/** The calendar date so many days later, or earlier when negative. Both are YYYY-MM-DD. */
export function plusDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00.000Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** The calendar date, YYYY-MM-DD, that Shanghai has at an instant. */
export function shanghaiDateAt(instant: Date): string {
  return new Date(instant.getTime() + SHANGHAI_OFFSET_MS).toISOString().slice(0, 10);
}
