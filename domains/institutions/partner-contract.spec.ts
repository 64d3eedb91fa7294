import { type PartnerContractEvent, partnerContractEvents } from '@qingpu/contracts/events/partner-contracts';
import { contractChecks } from '@qingpu/contracts/rules/contract-checks';
import { sampleInstitutionCode } from '@qingpu/contracts/testing/sample-directory';
import { fold } from '@qingpu/domains-kernel/decider';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import { specify } from '@qingpu/domains-kernel/testing/decider-specification';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CheckResult,
  type Gravity,
  isWithheld,
  type PartnerContractCommand,
  partnerContract,
} from './partner-contract.ts';

const institutionCode = sampleInstitutionCode(1);
const checkId = '0a7c1a52-7d1f-4d5e-8a57-000000000001';
const context = { now: new Date('2026-03-01T00:00:00.000Z'), checks: contractChecks };
const line = { interface: 'synchronisation', kind: 'outpatient', checkId } as const;

const result = (code: string | null, gravity: Gravity = 'away'): CheckResult => ({
  ...line,
  fault: code === null ? null : { code, gravity },
});
const check = (...results: CheckResult[]): PartnerContractCommand => ({
  type: 'RecordChecks',
  institutionCode,
  results,
});
const withhold: PartnerContractCommand = {
  type: 'WithholdSlots',
  institutionCode,
  kinds: ['outpatient', 'referral'],
  reason: '系统升级',
};
const offer: PartnerContractCommand = {
  type: 'OfferSlotsAgain',
  institutionCode,
  kinds: ['outpatient', 'referral'],
  reason: '升级完成',
};

const verified: PartnerContractEvent = {
  type: 'PartnerContractVerified',
  data: { institutionCode, ...line },
};
const failed = (
  failures: number,
  standing: 'doubtful' | 'failed',
  fault = 'timeout',
): PartnerContractEvent => ({
  type: 'PartnerContractFailed',
  data: { institutionCode, ...line, fault, failures, standing },
});
const held: PartnerContractEvent = {
  type: 'SlotsWithheld',
  data: { institutionCode, kinds: ['outpatient', 'referral'], reason: '系统升级' },
};
const given = (...history: PartnerContractEvent[]) => specify(partnerContract).given(history);
const stateAfter = (...history: PartnerContractEvent[]) => fold(partnerContract, history);

describe('verifying an interface', () => {
  it('records that it holds to the contract', () => {
    given()
      .when(check(result(null)), context)
      .thenEvents([verified]);
    given(failed(3, 'failed'))
      .when(check(result(null)), context)
      .thenEvents([verified]);
  });

  it('tolerates a system that is away, but not for long', () => {
    given()
      .when(check(result('timeout')), context)
      .thenEvents([failed(1, 'doubtful')]);
    given(failed(1, 'doubtful'))
      .when(check(result('timeout')), context)
      .thenEvents([failed(2, 'doubtful')]);
    given(failed(2, 'doubtful'))
      .when(check(result('timeout')), context)
      .thenEvents([failed(3, 'failed')]);
    given(failed(2, 'doubtful'), verified)
      .when(check(result('timeout')), context)
      .thenEvents([failed(1, 'doubtful')]);
  });

  it('never tolerates a broken contract, and does not take who broke it for away', () => {
    given()
      .when(check(result('accepts-forged', 'broken')), context)
      .thenEvents([failed(1, 'failed', 'accepts-forged')]);
    given(failed(1, 'failed', 'accepts-forged'))
      .when(check(result('timeout')), context)
      .thenEvents([failed(2, 'failed')]);
  });

  it('withholds nothing for a slip, however often it is looked at', () => {
    const slip = 'malformed-transmission';
    given(failed(7, 'doubtful', slip))
      .when(check(result(slip, 'slip')), context)
      .thenEvents([failed(8, 'doubtful', slip)]);
    given(failed(1, 'failed', 'malformed-transmissions'))
      .when(check(result(slip, 'slip')), context)
      .thenEvents([failed(2, 'failed', slip)]);
  });

  it('withholds nothing of a system that does not let itself be verified, unless it was caught before', () => {
    const unoffered: PartnerContractEvent = {
      type: 'PartnerSelfCheckUnoffered',
      data: { institutionCode, ...line },
    };
    const absent = check(result('no-self-check', 'unoffered'));
    for (const history of [[], [verified], [failed(3, 'failed')], [failed(2, 'doubtful')]])
      given(...history)
        .when(absent, context)
        .thenEvents([unoffered]);
    given(failed(1, 'failed', 'accepts-forged'))
      .when(absent, context)
      .thenEvents([failed(2, 'failed', 'accepts-forged')]);
    given(unoffered)
      .when(check(result('timeout')), context)
      .thenEvents([failed(1, 'doubtful')]);
    expect(isWithheld(stateAfter(failed(3, 'failed'), unoffered), 'outpatient')).toBe(false);
  });

  it('records each interface and kind by itself', () => {
    const other = { ...line, interface: 'transmission', kind: 'referral', fault: null } as const;
    const { fault: _fault, ...ofOther } = other;
    given()
      .when(check(result('timeout'), other), context)
      .thenEvents([
        failed(1, 'doubtful'),
        { type: 'PartnerContractVerified', data: { institutionCode, ...ofOther } },
      ]);
    expect(isWithheld(stateAfter(failed(3, 'failed')), 'outpatient')).toBe(true);
    expect(isWithheld(stateAfter(failed(3, 'failed')), 'referral')).toBe(false);
  });
});

describe('the district’s managers', () => {
  it('withhold slots whatever was verified, once', () => {
    given(verified).when(withhold, context).thenEvents([held]);
    given(held).when(withhold, context).thenRejected('slots-withheld-already');
  });

  it('let slots be offered again that are withheld, by hand or not', () => {
    const again = (...kinds: ('outpatient' | 'referral')[]): PartnerContractEvent => ({
      type: 'SlotsOfferedAgain',
      data: { institutionCode, kinds, reason: '升级完成' },
    });
    given(held)
      .when(offer, context)
      .thenEvents([again('outpatient', 'referral')]);
    given(failed(3, 'failed'))
      .when(offer, context)
      .thenEvents([again('outpatient')]);
    given(failed(1, 'doubtful')).when(offer, context).thenRejected('slots-not-withheld');
    given().when(offer, context).thenRejected('slots-not-withheld');
    expect(isWithheld(stateAfter(failed(3, 'failed'), again('outpatient')), 'outpatient')).toBe(false);
  });

  it('excuse what has failed until it breaks the contract again', () => {
    const excused: PartnerContractEvent = {
      type: 'SlotsOfferedAgain',
      data: { institutionCode, kinds: ['outpatient'], reason: '升级完成' },
    };
    given(failed(3, 'failed'), excused)
      .when(check(result('timeout')), context)
      .thenEvents([failed(1, 'doubtful')]);
    given(failed(3, 'failed'), excused)
      .when(check(result('accepts-forged', 'broken')), context)
      .thenEvents([failed(1, 'failed', 'accepts-forged')]);
  });
});

describe('whatever is found and decided, in whatever order', () => {
  const kinds = fc.constantFrom('outpatient', 'referral', 'internet');
  const command: fc.Arbitrary<PartnerContractCommand> = fc.oneof(
    fc
      .record({
        kind: kinds,
        of: fc.constantFrom('transmission', 'synchronisation'),
        outcome: fc.constantFrom('ok', 'away', 'broken', 'slip', 'unoffered'),
      })
      .map(({ kind, of, outcome }) =>
        check({
          interface: of,
          kind,
          checkId,
          fault: outcome === 'ok' ? null : { code: outcome, gravity: outcome },
        }),
      ),
    fc
      .record({ type: fc.constantFrom('WithholdSlots', 'OfferSlotsAgain'), kind: kinds })
      .map(({ type, kind }) => ({ type, institutionCode, kinds: [kind], reason: '说明' })),
    kinds.map((kind) => ({
      type: 'NoteRefusedTransmission' as const,
      institutionCode,
      kind,
      problem: 'invalid-request',
    })),
  );

  function historyOf(commands: readonly PartnerContractCommand[]): PartnerContractEvent[] {
    const history: PartnerContractEvent[] = [];
    for (const each of commands) {
      try {
        history.push(...partnerContract.decide(fold(partnerContract, history), each, context));
      } catch (error) {
        if (!(error instanceof Rejection)) throw error;
      }
    }
    return history;
  }

  it('every event fits its published schema', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        for (const { type, data } of historyOf(commands))
          expect(partnerContractEvents[type].schema.parse(data)).toEqual(data);
      }),
    );
  });

  function concerns({ data }: PartnerContractEvent, kind: string): boolean {
    return 'kinds' in data ? data.kinds.some((each) => each === kind) : data.kind === kind;
  }

  function tell(reasons: Set<string>, { type, data }: PartnerContractEvent): void {
    switch (type) {
      case 'SlotsWithheld':
        reasons.add('by hand');
        return;
      case 'SlotsOfferedAgain':
        reasons.clear();
        return;
      case 'PartnerContractVerified':
      case 'PartnerSelfCheckUnoffered':
        reasons.delete(data.interface);
        return;
      case 'PartnerContractFailed':
        if (data.standing === 'failed') reasons.add(data.interface);
    }
  }

  /** What stands against a kind, told apart from the decider. */
  function reasonsAfter(history: readonly PartnerContractEvent[], kind: string): ReadonlySet<string> {
    const reasons = new Set<string>();
    for (const event of history.filter((each) => concerns(each, kind))) tell(reasons, event);
    return reasons;
  }

  it('a kind is withheld exactly while a manager says so or one of its interfaces has failed and is not excused', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
        const history = historyOf(commands);
        for (const kind of ['outpatient', 'referral', 'internet'] as const)
          expect(isWithheld(fold(partnerContract, history), kind)).toBe(reasonsAfter(history, kind).size > 0);
      }),
    );
  });
});
