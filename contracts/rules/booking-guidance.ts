import guidance from './booking-guidance@2026.1.json' with { type: 'json' };

/** One line of the district's guidance for booking rules: a filed value outside `min`–`max` is a finding. */
export interface GuidanceLine {
  readonly id: string;
  /** Path into BookingRuleDetails, such as `quotaPercent.community`. */
  readonly field: string;
  readonly min?: number;
  readonly max?: number;
  /** A deviation must be mended, a notice is advice. */
  readonly severity: 'deviation' | 'notice';
  readonly advice: string;
}

export interface BookingGuidance {
  readonly version: string;
  readonly effectiveFrom: string;
  readonly source: string;
  readonly guidance: readonly GuidanceLine[];
}

/** The guidance in force; its version is stored or shown with every finding. */
export const bookingGuidance = guidance as BookingGuidance;
