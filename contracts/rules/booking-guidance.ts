import type { BookingRuleDetails } from '../events/institutions.ts';
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

/** The numbers of a booking rule, without its name and when and where it holds. */
export type BookingNumbers = Omit<BookingRuleDetails, 'name' | 'clinicKind' | 'effectiveFrom'>;

export interface BookingGuidance {
  readonly version: string;
  readonly effectiveFrom: string;
  readonly source: string;
  /** What holds where a hospital has no rule on file. */
  readonly defaults: BookingNumbers;
  readonly guidance: readonly GuidanceLine[];
}

/** The guidance in force; its version is stored or shown with every finding. */
export const bookingGuidance = guidance as BookingGuidance;
