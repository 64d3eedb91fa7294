import type {
  ContractInterface,
  ContractKind,
  ContractStanding,
} from '@qingpu/contracts/codes/partner-contracts';
import type { PartnerContractEvent } from '@qingpu/contracts/events/partner-contracts';
import type { ContractChecks } from '@qingpu/contracts/rules/contract-checks';
import type { DecisionTime } from '@qingpu/domains-kernel/command-handling';
import type { Decider } from '@qingpu/domains-kernel/decider';
import { nothingWithheld, withheldAlready } from './rejections.ts';

/**
 * How much a fault says. `broken`: the contract is not kept, which is never tolerated. `away`: the system did not answer,
 * which may be for a moment. `slip`: something went wrong that by itself costs no slots. `unoffered`: the system does not
 * let itself be verified.
 */
export type Gravity = 'broken' | 'away' | 'slip' | 'unoffered';

/** What came of verifying one interface. */
export interface CheckResult {
  readonly interface: ContractInterface;
  readonly kind: ContractKind;
  readonly checkId: string;
  readonly fault: { readonly code: string; readonly gravity: Gravity } | null;
}

interface OfInstitution {
  readonly institutionCode: string;
}

export type PartnerContractCommand = OfInstitution &
  (
    | { readonly type: 'RecordChecks'; readonly results: readonly CheckResult[] }
    | { readonly type: 'NoteRefusedTransmission'; readonly kind: ContractKind; readonly problem: string }
    | {
        readonly type: 'WithholdSlots' | 'OfferSlotsAgain';
        readonly kinds: readonly ContractKind[];
        readonly reason: string;
      }
  );

interface Line {
  readonly standing: ContractStanding;
  readonly failures: number;
  /** What was found wrong last; null when nothing was. */
  readonly fault: string | null;
}

export interface PartnerContractState {
  /** By interface and kind. */
  readonly lines: ReadonlyMap<string, Line>;
  /** Kinds that a manager withholds. */
  readonly byHand: ReadonlySet<ContractKind>;
}

export interface PartnerContractContext extends DecisionTime {
  readonly checks: ContractChecks;
}

const UNPROVEN: Line = { standing: 'unproven', failures: 0, fault: null };
/** What a system was caught at when it was verified. */
const BREACHES: ReadonlySet<string> = new Set([
  'accepts-contradiction',
  'accepts-forged',
  'accepts-malformed',
  'answers-differ',
  'misunderstood',
  'wrong-answer',
]);
const INTERFACES: readonly ContractInterface[] = ['transmission', 'synchronisation'];

/**
 * The contract with a hospital's system: what was verified of each interface and kind, and what the district decided.
 * A kind is withheld while one of its interfaces has failed or a manager says so; lifting excuses what has failed until
 * it is verified again.
 */
export const partnerContract: Decider<
  PartnerContractState,
  PartnerContractCommand,
  PartnerContractEvent,
  PartnerContractContext
> = {
  initialState: { lines: new Map(), byHand: new Set() },
  evolve(state, { type, data }) {
    switch (type) {
      case 'PartnerContractVerified':
        return withLine(state, data, { standing: 'verified', failures: 0, fault: null });
      case 'PartnerContractFailed':
        return withLine(state, data, data);
      case 'PartnerSelfCheckUnoffered':
        return withLine(state, data, { standing: 'unoffered', failures: 0, fault: null });
      case 'PartnerTransmissionRefused':
        return state;
      case 'SlotsWithheld':
        return { ...state, byHand: new Set([...state.byHand, ...data.kinds]) };
      case 'SlotsOfferedAgain':
        return offeredAgain(state, data.kinds);
    }
  },
  decide(state, command, { checks }) {
    const { institutionCode } = command;
    switch (command.type) {
      case 'RecordChecks':
        return command.results.map((result) => checked(state, institutionCode, result, checks));
      case 'NoteRefusedTransmission': {
        const { kind, problem } = command;
        return [{ type: 'PartnerTransmissionRefused', data: { institutionCode, kind, problem } }];
      }
      case 'WithholdSlots': {
        const kinds = command.kinds.filter((kind) => !state.byHand.has(kind));
        if (kinds.length === 0) throw withheldAlready();
        return [{ type: 'SlotsWithheld', data: { institutionCode, kinds, reason: command.reason } }];
      }
      case 'OfferSlotsAgain': {
        const kinds = command.kinds.filter((kind) => isWithheld(state, kind));
        if (kinds.length === 0) throw nothingWithheld();
        return [{ type: 'SlotsOfferedAgain', data: { institutionCode, kinds, reason: command.reason } }];
      }
    }
  },
};

/** Whether the hospital's slots of this kind are withheld. */
export function isWithheld(state: PartnerContractState, kind: ContractKind): boolean {
  if (state.byHand.has(kind)) return true;
  return INTERFACES.some((of) => lineOf(state, { interface: of, kind }).standing === 'failed');
}

function checked(
  state: PartnerContractState,
  institutionCode: string,
  { fault, ...line }: CheckResult,
  { toleratedFailures }: ContractChecks,
): PartnerContractEvent {
  if (fault === null) return { type: 'PartnerContractVerified', data: { institutionCode, ...line } };
  const before = lineOf(state, line);
  const breach = before.standing === 'failed' && before.fault !== null && BREACHES.has(before.fault);
  if (fault.gravity === 'unoffered' && !breach)
    return { type: 'PartnerSelfCheckUnoffered', data: { institutionCode, ...line } };
  const failures = before.failures + 1;
  const failed =
    fault.gravity === 'broken' ||
    // Who has once failed is not taken for away when it does not answer after that.
    before.standing === 'failed' ||
    (fault.gravity === 'away' && failures > toleratedFailures);
  return {
    type: 'PartnerContractFailed',
    data: {
      institutionCode,
      ...line,
      // Nor does taking the interface away mend what was found with it.
      fault: fault.gravity === 'unoffered' ? (before.fault ?? fault.code) : fault.code,
      failures,
      standing: failed ? 'failed' : 'doubtful',
    },
  };
}

type LineKey = { readonly interface: ContractInterface; readonly kind: ContractKind };

function keyOf(line: LineKey): string {
  return `${line.interface} ${line.kind}`;
}

function lineOf(state: PartnerContractState, line: LineKey): Line {
  return state.lines.get(keyOf(line)) ?? UNPROVEN;
}

function withLine(
  state: PartnerContractState,
  key: LineKey,
  { standing, failures, fault }: Line,
): PartnerContractState {
  return { ...state, lines: new Map(state.lines).set(keyOf(key), { standing, failures, fault }) };
}

function offeredAgain(before: PartnerContractState, kinds: readonly ContractKind[]): PartnerContractState {
  const byHand = new Set([...before.byHand].filter((kind) => !kinds.includes(kind)));
  const state: PartnerContractState = { ...before, byHand };
  const failed = kinds
    .flatMap((kind) => INTERFACES.map((of) => ({ interface: of, kind })))
    .filter((line) => lineOf(state, line).standing === 'failed');
  return failed.reduce<PartnerContractState>(
    (next, line) => withLine(next, line, { ...lineOf(next, line), standing: 'excused', failures: 0 }),
    state,
  );
}

/** Its stream; institution codes are public. */
export function partnerContractStream(institutionCode: string): string {
  return `contract-${institutionCode}`;
}
