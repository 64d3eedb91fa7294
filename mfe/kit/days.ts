const ZONE = 'Asia/Shanghai';
const DAY_MS = 86_400_000;

/** The calendar date in Shanghai, YYYY-MM-DD, so many days from now. */
export function dayFromNow(days: number): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: ZONE }).format(Date.now() + days * DAY_MS);
}
