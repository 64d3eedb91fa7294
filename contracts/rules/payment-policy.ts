import policy from './payment-policy@2026.2.json' with { type: 'json' };

/** How long one order can be paid, how often somebody may try, and when the gateway's daily statements are fetched. */
export interface PaymentPolicy {
  readonly version: string;
  readonly payWithinMinutes: number;
  readonly ordersPerPayment: number;
  /** HH:mm in Shanghai, on the day after; from then on a day's statement is asked for. */
  readonly statementReadyAt: string;
  /** How many days back statements are looked for that were never asked for. */
  readonly statementDaysBack: number;
}

export const paymentPolicy: PaymentPolicy = policy;
