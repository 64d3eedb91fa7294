import table from './booking-safeguards@2026.1.json' with { type: 'json' };

/** District-wide safeguards of booking beside each hospital's own rule. */
export interface BookingSafeguards {
  readonly version: string;
  readonly source: string;
  /** Below this age, in whole years, a guardian consents. */
  readonly guardianAge: number;
  /** Most family members of one account. */
  readonly familyMembers: number;
  /** A cancelled slot goes to the public after a random delay between these minutes, against touts. */
  readonly returnDelayMinutes: { readonly min: number; readonly max: number };
  /** So many late cancellations within the window suspend the right to book for so many days. */
  readonly lateCancellations: {
    readonly count: number;
    readonly windowDays: number;
    readonly suspendDays: number;
  };
  /** Days after the visit's day without any report until a booking counts as unreported. */
  readonly unreportedAfterDays: number;
  /** Days after the visit within which a hospital may correct what it reported. */
  readonly correctionWithinDays: number;
  /** Days within which a person may appeal. */
  readonly appealWithinDays: number;
  readonly waitlistPerPerson: number;
  readonly waitlistPerSchedule: number;
  readonly waitlistOfferMinutes: number;
  /** Seconds after which a claim that was neither settled nor released is looked into. */
  readonly openClaimSeconds: number;
}

export const bookingSafeguards: BookingSafeguards = table;
