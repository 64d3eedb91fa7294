/** Small code tables of slots and bookings, each with the Chinese word a user sees. */

/** What kind of clinic a schedule (排班) serves. */
export const SCHEDULE_KINDS = {
  general: '普通门诊',
  disease: '专病门诊',
  expert: '专家门诊',
  special: '特需门诊',
  internet: '互联网门诊',
  joint: '远程联合门诊',
  contracted: '1+1+1签约门诊',
  referral: '双向转诊门诊',
} as const;

/** Half-days of a schedule. */
export const SESSIONS = { morning: '上午', afternoon: '下午', evening: '夜间' } as const;

/** For whom a slot's quota (号源用途) is kept first; what is not used returns to the public by the release plan. */
export const TIERS = { referral: '转诊', community: '社区', contracted: '签约', public: '公众' } as const;

/** How a booking ended; each booking has exactly one. `unreported` is silence of the hospital and never counts against anyone. */
export const OUTCOMES = {
  fulfilled: '已履约',
  noShow: '爽约',
  cancelledByPatient: '患者退号',
  lateCancelled: '逾期退号',
  cancelledByHospital: '医院取消',
  expired: '锁号过期',
  unreported: '未反馈',
} as const;

/** What may be said of a booking besides its outcome. */
export const MODIFIERS = { substituted: '替诊', rehomed: '改约', late: '迟到' } as const;

/** States of a slot; a slot that nobody has touched yet is free. */
export const SLOT_STATES = {
  free: '可约',
  held: '锁号中',
  booked: '已预约',
  returning: '退号待放',
  fenced: '已停诊',
  withdrawn: '已撤回',
} as const;

/** Closed-loop tags (闭环标签): a slot's newest story in one word. Every slot has exactly one at any time. */
export const CLOSED_LOOP_TAGS = {
  unopened: '未开放',
  open: '可约',
  held: '锁号中',
  booked: '已预约',
  checkedIn: '已签到',
  registered: '已挂号',
  fulfilled: '已履约',
  noShow: '爽约',
  lateCancelled: '逾期退号',
  cancelledByPatient: '患者退号',
  cancelledByHospital: '医院取消',
  unreported: '未反馈',
  suspended: '停诊',
  withdrawn: '撤回',
  unused: '未使用',
  withheld: '暂停放号（接口未通过验证）',
} as const;

/** Why a doctor does not hold a clinic. Source: tender F2.06. */
export const SUSPENSION_REASONS = {
  surgery: '急诊手术',
  travel: '出差',
  consultation: '外院会诊',
  meeting: '紧急会议',
  leave: '请假',
  equipment: '设备或场地原因',
  other: '其他',
} as const;

/** Kinds of blacklist entry (禁用类型). */
export const BLOCK_KINDS = { scalping: '疑似倒号', violence: '伤医', noShow: '连续爽约' } as const;

/** Kinds of announcement (预约公告). */
export const ANNOUNCEMENT_KINDS = {
  notice: '通知',
  policy: '预约政策',
  suspension: '停诊',
  substitution: '替诊',
} as const;

/** Who may be the patient's voice when a booking is cancelled. */
export const CANCELLED_BY = { patient: '患者', desk: '窗口', hospital: '医院', channel: '渠道' } as const;

export type ScheduleKind = keyof typeof SCHEDULE_KINDS;
export type Session = keyof typeof SESSIONS;
export type Tier = keyof typeof TIERS;
export type Outcome = keyof typeof OUTCOMES;
export type Modifier = keyof typeof MODIFIERS;
export type SlotStateName = keyof typeof SLOT_STATES;
export type ClosedLoopTag = keyof typeof CLOSED_LOOP_TAGS;
export type SuspensionReason = keyof typeof SUSPENSION_REASONS;
export type BlockKind = keyof typeof BLOCK_KINDS;
export type AnnouncementKind = keyof typeof ANNOUNCEMENT_KINDS;
