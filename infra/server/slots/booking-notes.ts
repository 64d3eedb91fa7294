import type { BookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import type { BookingPolicy } from '@qingpu/domains-slots/booking-policy';

/** What a person reads before confirming (预约须知, A1.04): the numbers of the rule in force, in sentences. */
export function bookingNotes(policy: BookingPolicy, safeguards: BookingSafeguards): string[] {
  const { lateCancellations } = safeguards;
  return [
    '预约实行实名制，就诊时请携带预约登记的有效证件。',
    `同一就诊人同一天在同一科室限约${policy.perDepartmentDay}次、同一医生限约${policy.perDoctorDay}次，一天最多预约${policy.departmentsPerDay}个科室。`,
    `请在就诊时段开始前${policy.checkInMinutesBefore}分钟至结束后${policy.checkInMinutesAfter}分钟内到院签到，过时须现场重新取号。`,
    `${policy.noShowWindowDays}天内爽约${policy.noShowCount}次，暂停网上预约${policy.noShowSuspendDays}天；现场挂号、急诊和社区转诊不受影响。`,
    `${lateCancellations.windowDays}天内逾期退号${lateCancellations.count}次，暂停网上预约${lateCancellations.suspendDays}天。`,
    '医生停诊或替诊时会通知您，退号、改约不计入违约。',
  ];
}

/** The rule on no-shows in one sentence, for a person's own record (F3.07). */
export function noShowRule(policy: BookingPolicy): string {
  return `${policy.noShowWindowDays}天内爽约满${policy.noShowCount}次，暂停网上预约${policy.noShowSuspendDays}天；医院取消和按时退号不计入。`;
}
