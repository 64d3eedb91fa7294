import { plusDays } from '@qingpu/contracts/slots/shanghai-calendar';

/** How many incidents within how many days suspend the right to book for how many days. */
export interface CountingRule {
  readonly count: number;
  readonly windowDays: number;
  readonly suspendDays: number;
}

/** A booking that counts against somebody, and the day on which it does, YYYY-MM-DD. */
export interface Incident {
  readonly bookingId: string;
  readonly day: string;
}

export interface Counted {
  /** Incidents within the window that ends with the newest one, that day included. */
  readonly inWindow: readonly Incident[];
  /** The first day on which the person may book again, YYYY-MM-DD; null when there are too few incidents. */
  readonly until: string | null;
}

/** Counts incidents in whatever order they became known. Rule 7.3: {count, windowDays, suspendDays, startFrom: lastNoShow}. */
export function countIncidents(incidents: readonly Incident[], rule: CountingRule): Counted {
  const newest = newestDay(incidents);
  if (newest === undefined) return { inWindow: [], until: null };
  const before = plusDays(newest, -rule.windowDays);
  const inWindow = incidents.filter(({ day }) => day > before);
  const until = inWindow.length >= rule.count ? plusDays(newest, rule.suspendDays) : null;
  return { inWindow, until };
}

/** Whether the right to book is suspended on a day; dates are YYYY-MM-DD. */
export function isSuspended(until: string | null, today: string): boolean {
  return until !== null && today < until;
}

function newestDay(incidents: readonly Incident[]): string | undefined {
  return incidents.reduce<string | undefined>(
    (newest, { day }) => (newest === undefined || day > newest ? day : newest),
    undefined,
  );
}
