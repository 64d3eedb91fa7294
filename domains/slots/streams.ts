/** Names of the streams of this context. Institution, schedule and slot ids are the hospital's codes, not personal data. */

export interface ScheduleKey {
  readonly institutionCode: string;
  readonly scheduleId: string;
}

export interface SlotKey extends ScheduleKey {
  readonly slotId: string;
}

export function scheduleStream({ institutionCode, scheduleId }: ScheduleKey): string {
  return `schedule-${institutionCode}.${scheduleId}`;
}

/** Empty until somebody touches the slot: it exists through its schedule. */
export function slotStream({ institutionCode, scheduleId, slotId }: SlotKey): string {
  return `slot-${institutionCode}.${scheduleId}.${slotId}`;
}

export function ledgerStream(personId: string): string {
  return `ledger-${personId}`;
}

export function waitlistStream({ institutionCode, scheduleId }: ScheduleKey): string {
  return `waitlist-${institutionCode}.${scheduleId}`;
}

export function announcementStream(announcementId: string): string {
  return `announcement-${announcementId}`;
}

/** One institution's landed orders of one day of visits, YYYY-MM-DD. */
export function landingStream(institutionCode: string, date: string): string {
  return `landing-${institutionCode}.${date}`;
}
