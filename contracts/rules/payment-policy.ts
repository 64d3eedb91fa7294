import policy from './payment-policy@2026.1.json' with { type: 'json' };

/** How long one order can be paid, and how often somebody may try. */
export interface PaymentPolicy {
  readonly version: string;
  readonly payWithinMinutes: number;
  readonly ordersPerPayment: number;
}

export const paymentPolicy: PaymentPolicy = policy;
