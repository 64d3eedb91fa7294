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

/** What came of verifying one interface; `definite` when the contract is broken, not just unanswered. */
export interface CheckResult {
  readonly interface: ContractInterface;
  readonly kind: ContractKind;
  readonly checkId: string;
  readonly fault: { readonly code: string; readonly definite: boolean } | null;
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

const UNPROVEN: Line = { standing: 'unproven', failures: 0 };
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
        return withLine(state, data, { standing: 'verified', failures: 0 });
      case 'PartnerContractFailed':
        return withLine(state, data, { standing: data.standing, failures: data.failures });
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
  const failures = before.failures + 1;
  // Who has once broken the contract is not taken for away when it does not answer after that.
  const failed = fault.definite || before.standing === 'failed' || failures > toleratedFailures;
  const standing = failed ? 'failed' : 'doubtful';
  return {
    type: 'PartnerContractFailed',
    data: { institutionCode, ...line, fault: fault.code, failures, standing },
  };
}

type LineKey = { readonly interface: ContractInterface; readonly kind: ContractKind };

function keyOf(line: LineKey): string {
  return `${line.interface} ${line.kind}`;
}

function lineOf(state: PartnerContractState, line: LineKey): Line {
  return state.lines.get(keyOf(line)) ?? UNPROVEN;
}

function withLine(state: PartnerContractState, key: LineKey, line: Line): PartnerContractState {
  return { ...state, lines: new Map(state.lines).set(keyOf(key), line) };
}

function offeredAgain(before: PartnerContractState, kinds: readonly ContractKind[]): PartnerContractState {
  const byHand = new Set([...before.byHand].filter((kind) => !kinds.includes(kind)));
  const state: PartnerContractState = { ...before, byHand };
  const failed = kinds
    .flatMap((kind) => INTERFACES.map((of) => ({ interface: of, kind })))
    .filter((line) => lineOf(state, line).standing === 'failed');
  return failed.reduce<PartnerContractState>(
    (next, line) => withLine(next, line, { standing: 'excused', failures: 0 }),
    state,
  );
}

/** Its stream; institution codes are public. */
export function partnerContractStream(institutionCode: string): string {
  return `contract-${institutionCode}`;
}
