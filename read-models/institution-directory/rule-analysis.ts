import type { BookingRuleDetails } from '@qingpu/contracts/events/institutions';
import { FIELD_LABELS, type RuleAnalysis } from '@qingpu/contracts/http/institutions';
import type { BookingGuidance, GuidanceLine } from '@qingpu/contracts/rules/booking-guidance';
import { unitOf } from './details-in-words.ts';

export interface AnalysedInstitution {
  readonly institutionCode: string;
  readonly institutionName: string;
}

/** The version of one booking rule that is in force on the day of the analysis. */
export interface RuleInForce {
  readonly institutionCode: string;
  readonly ruleCode: string;
  readonly details: BookingRuleDetails;
}

type Institution = RuleAnalysis['institutions'][number];
type Finding = Institution['findings'][number];

/** Numbers of a rule whose spread is worth comparing between hospitals, in the order of the filing form. */
const COMPARED_FIELDS = [
  'intervalMinutes',
  'horizonDays',
  'cancelDaysBefore',
  'noShowCount',
  'noShowWindowDays',
  'noShowSuspendDays',
  'perDepartmentDay',
  'perDoctorDay',
  'departmentsPerDay',
  'checkInMinutesBefore',
  'checkInMinutesAfter',
  'holdMinutes',
  'communityExtraDays',
  'quotaPercent.referral',
  'quotaPercent.community',
  'quotaPercent.contracted',
  'quotaPercent.public',
] as const;

/**
 * Filed rules against the district's guidance (F2.04). An institution without a rule in force is unfiled (未备案);
 * one whose only findings are notices counts as compliant in the totals, because a notice is advice.
 */
export function analyseRules(
  institutions: readonly AnalysedInstitution[],
  rules: readonly RuleInForce[],
  guidance: BookingGuidance,
): Omit<RuleAnalysis, 'asOf' | 'date'> {
  const judged = institutions.map((institution) => judge(institution, rules, guidance));
  const unfiled = judged.filter(({ verdict }) => verdict === 'unfiled').length;
  const deviating = judged.filter(({ verdict }) => verdict === 'deviation').length;
  const filed = judged.length - unfiled;
  return {
    guidanceVersion: guidance.version,
    guidanceSource: guidance.source,
    totals: { institutions: judged.length, filed, unfiled, compliant: filed - deviating, deviating },
    institutions: judged,
    distribution: COMPARED_FIELDS.map((field) => distributionOf(field, rules)),
    misses: guidance.guidance.map((line) => missesOf(line, rules)).sort((a, b) => b.rules - a.rules),
  };
}

function judge(
  { institutionCode, institutionName }: AnalysedInstitution,
  rules: readonly RuleInForce[],
  guidance: BookingGuidance,
): Institution {
  const own = rules.filter((rule) => rule.institutionCode === institutionCode);
  const findings = own.flatMap((rule) => findingsOf(rule, guidance));
  return {
    institutionCode,
    institutionName,
    rulesInForce: own.length,
    verdict: verdictOf(own.length, findings),
    findings,
  };
}

function verdictOf(rulesInForce: number, findings: readonly Finding[]): Institution['verdict'] {
  if (rulesInForce === 0) return 'unfiled';
  if (findings.some(({ severity }) => severity === 'deviation')) return 'deviation';
  return findings.length > 0 ? 'notice' : 'compliant';
}

function findingsOf({ ruleCode, details }: RuleInForce, guidance: BookingGuidance): Finding[] {
  return guidance.guidance
    .filter((line) => misses(line, details))
    .map((line) => ({
      ruleCode,
      ruleName: details.name,
      guidanceId: line.id,
      field: line.field,
      label: labelOf(line.field),
      severity: line.severity,
      value: numberAt(details, line.field),
      expected: expectedInWords(line),
      advice: line.advice,
    }));
}

function misses(line: GuidanceLine, details: BookingRuleDetails): boolean {
  const value = numberAt(details, line.field);
  return value < (line.min ?? Number.NEGATIVE_INFINITY) || value > (line.max ?? Number.POSITIVE_INFINITY);
}

function expectedInWords({ field, min, max }: GuidanceLine): string {
  const unit = unitOf(field);
  const bounds = [
    ...(min === undefined ? [] : [`不少于${min}${unit}`]),
    ...(max === undefined ? [] : [`不超过${max}${unit}`]),
  ];
  return bounds.join('，');
}

function distributionOf(field: string, rules: readonly RuleInForce[]): RuleAnalysis['distribution'][number] {
  const counts = new Map<number, number>();
  for (const { details } of rules) {
    const value = numberAt(details, field);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const values = [...counts].map(([value, count]) => ({ value, rules: count }));
  return {
    field,
    label: labelOf(field),
    unit: unitOf(field),
    values: values.sort((a, b) => a.value - b.value),
  };
}

function missesOf(line: GuidanceLine, rules: readonly RuleInForce[]): RuleAnalysis['misses'][number] {
  return {
    guidanceId: line.id,
    label: labelOf(line.field),
    severity: line.severity,
    rules: rules.filter(({ details }) => misses(line, details)).length,
    advice: line.advice,
  };
}

function labelOf(field: string): string {
  return FIELD_LABELS[field] ?? field;
}

/** The number at a path such as `quotaPercent.community`. A path that leads nowhere is a fault in the guidance table. */
function numberAt(details: BookingRuleDetails, path: string): number {
  const value = path
    .split('.')
    .reduce<unknown>(
      (inner, key) => (inner && typeof inner === 'object' ? Reflect.get(inner, key) : undefined),
      details,
    );
  if (typeof value !== 'number')
    throw new Error(`guidance names ${path}, which is no number of a booking rule`);
  return value;
}
