import type { BookingRuleDetails } from '@qingpu/contracts/events/institutions';
import type { Registration } from '@qingpu/contracts/partners/hospital/registration';

/** How an institution's filed rules stand against the district's guidance. */
export type RulePlan =
  | 'compliant'
  | 'compliantWithSpecial'
  | 'longHorizon'
  | 'lateCommunity'
  | 'strictNoShow'
  | 'littleCommunity'
  | 'earlyCancel'
  | 'shortHorizon'
  | 'unfiled';

type RuleShape = Omit<BookingRuleDetails, 'effectiveFrom'>;
type NamedRule = readonly [code: string, details: RuleShape];

const HOUSE_RULE: RuleShape = {
  name: '门诊预约规则',
  clinicKind: 'all',
  intervalMinutes: 15,
  horizonDays: 14,
  releaseTime: '07:00',
  cancelDaysBefore: 1,
  cancelTime: '24:00',
  noShowCount: 3,
  noShowWindowDays: 365,
  noShowSuspendDays: 90,
  perDepartmentDay: 1,
  perDoctorDay: 1,
  departmentsPerDay: 3,
  checkInMinutesBefore: 30,
  checkInMinutesAfter: 30,
  holdMinutes: 15,
  communityExtraDays: 5,
  quotaPercent: { referral: 10, community: 40, contracted: 10, public: 40 },
};

const houseRuleWith = (changes: Partial<RuleShape>): readonly NamedRule[] => [
  ['RULE_ALL', { ...HOUSE_RULE, ...changes }],
];

const PLANS: Readonly<Record<RulePlan, readonly NamedRule[]>> = {
  compliant: houseRuleWith({}),
  compliantWithSpecial: [
    ...houseRuleWith({ horizonDays: 21 }),
    [
      'RULE_SPECIAL',
      {
        ...HOUSE_RULE,
        name: '特需门诊预约规则',
        clinicKind: 'special',
        horizonDays: 28,
        releaseTime: '08:00',
        checkInMinutesAfter: 15,
      },
    ],
  ],
  longHorizon: houseRuleWith({ horizonDays: 30, noShowWindowDays: 730 }),
  lateCommunity: houseRuleWith({ communityExtraDays: 3 }),
  strictNoShow: houseRuleWith({ noShowSuspendDays: 180, holdMinutes: 20 }),
  littleCommunity: houseRuleWith({
    intervalMinutes: 30,
    quotaPercent: { referral: 10, community: 30, contracted: 10, public: 50 },
  }),
  earlyCancel: houseRuleWith({ cancelDaysBefore: 2, cancelTime: '17:00' }),
  shortHorizon: houseRuleWith({ horizonDays: 5, communityExtraDays: 2 }),
  unfiled: [],
};

/**
 * The booking rules that an institution files.
 * @param effectiveFrom YYYY-MM-DD; the platform refuses a date before the day of filing
 */
export function bookingRulesOf(
  institutionCode: string,
  plan: RulePlan,
  effectiveFrom: string,
): readonly Registration<'bookingRule'>[] {
  return PLANS[plan].map(([code, shape]) => ({
    institutionCode,
    code,
    details: { ...shape, effectiveFrom },
  }));
}
