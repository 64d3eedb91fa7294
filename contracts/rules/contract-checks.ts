import rule from './contract-checks@2026.2.json' with { type: 'json' };

/** How often and how patiently hospitals' interfaces are verified. */
export interface ContractChecks {
  readonly version: string;
  readonly everyHours: number;
  /** By how much checks of different hospitals are spread. */
  readonly jitterMinutes: number;
  /** How soon an interface that failed is checked again. */
  readonly retryMinutes: number;
  /** How often in a row a system may be away before its slots are withheld. What breaks the contract is never tolerated. */
  readonly toleratedFailures: number;
  /** What was sent in good form longer ago proves nothing any more. */
  readonly transmittedWithinDays: number;
  /** How many of the last transmissions of a kind are looked at; what comes within one minute is one. */
  readonly transmissionsJudged: number;
  /** How many of those may be malformed, the last among them, before slots of the kind are withheld. */
  readonly malformedToWithhold: number;
  /** For one answer. */
  readonly timeoutSeconds: number;
  /** For all that one hospital is asked. */
  readonly longestSeconds: number;
}

export const contractChecks: ContractChecks = rule;
