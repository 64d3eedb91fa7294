import type { ScheduleKind } from '@qingpu/contracts/codes/slot-tables';
import { type BookingPolicy, filedPolicy, guidancePolicy } from '@qingpu/domains-slots/booking-policy';
import type { BookingPolicies } from '@qingpu/domains-slots/ports';
import type { FiledRule, InstitutionDirectory } from '@qingpu/read-models-institution-directory/queries';
import { ExpiringMemo } from './expiring-memo.ts';

/** Every booking asks; rules change a few times a year. */
const REMEMBERED = { lifeMs: 5_000, most: 5_000 };

/**
 * The booking rules that hospitals have on file: the one for the kind of clinic, else the one for all, else the
 * district's guidance. A rule that was just filed counts after five seconds at the latest.
 */
export class FiledPolicies implements BookingPolicies {
  readonly #directory: Pick<InstitutionDirectory, 'rulesInForce'>;
  readonly #rules = new ExpiringMemo<readonly FiledRule[]>(REMEMBERED);

  constructor(directory: Pick<InstitutionDirectory, 'rulesInForce'>) {
    this.#directory = directory;
  }

  async for(of: {
    readonly institutionCode: string;
    readonly kind: ScheduleKind;
    readonly date: string;
  }): Promise<BookingPolicy> {
    const { institutionCode, kind, date } = of;
    const rules = await this.#rules.get(`${institutionCode} ${date}`, () =>
      this.#directory.rulesInForce(institutionCode, date),
    );
    const rule =
      rules.find(({ details }) => details.clinicKind === kind) ??
      rules.find(({ details }) => details.clinicKind === 'all');
    return rule ? filedPolicy(rule.filingNumber, rule.ruleVersion, rule.details) : guidancePolicy;
  }
}
