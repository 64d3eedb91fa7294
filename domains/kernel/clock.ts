/** Time comes in through this port, so that tests and simulations decide what time it is. */
export interface Clock {
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };

const SHANGHAI_OFFSET_MS = 8 * 3_600_000;

/** ISO 8601 with the offset of Asia/Shanghai, which has had no daylight saving since 1991. */
export function shanghaiTimestamp(instant: Date): string {
  return `${new Date(instant.getTime() + SHANGHAI_OFFSET_MS).toISOString().slice(0, -1)}+08:00`;
}

/** The calendar date in Asia/Shanghai, YYYY-MM-DD. */
export function shanghaiDate(instant: Date): string {
  return shanghaiTimestamp(instant).slice(0, 10);
}
