import policy from './delivery-policy@2026.2.json' with { type: 'json' };

/** How often and how patiently a delivery is tried. Pauses double from the first to the longest. */
export interface DeliveryPolicy {
  readonly version: string;
  readonly attempts: number;
  readonly firstPauseSeconds: number;
  readonly longestPauseSeconds: number;
  readonly timeoutSeconds: number;
}

export const deliveryPolicy: DeliveryPolicy = policy;
