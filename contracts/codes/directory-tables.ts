/** Small code tables of the institution directory, each with the Chinese word a user sees. */

/** Hospital grade (医院等级): level and class as approved by the health authority. */
export const INSTITUTION_GRADES = {
  '3A': '三级甲等',
  '3B': '三级乙等',
  '30': '三级',
  '2A': '二级甲等',
  '2B': '二级乙等',
  '20': '二级',
  '10': '一级',
  '00': '未定级',
} as const;

/** Professional titles of doctors. Source: GB/T 8561 专业技术职务代码. */
export const DOCTOR_TITLES = {
  '231': '主任医师',
  '232': '副主任医师',
  '233': '主治医师',
  '234': '医师',
  '235': '医士',
} as const;

/** Source: GB/T 2261.1. */
export const SEXES = { '0': '未知的性别', '1': '男', '2': '女', '9': '未说明的性别' } as const;

/** How slots reach the pool: hosted (托管, the platform keeps them) or shared (资源共享, the hospital is asked in real time). */
export const SLOT_MODES = { hosted: '托管模式', shared: '资源共享模式' } as const;

/** Kinds of outpatient clinic. */
export const CLINIC_KINDS = {
  general: '普通门诊',
  disease: '专病门诊',
  expert: '专家门诊',
  special: '特需门诊',
} as const;

/** Services of an internet clinic (互联网门诊). */
export const INTERNET_SERVICES = { text: '图文问诊', voice: '语音问诊', video: '视频问诊' } as const;

/** Kinds of booking channel (预约渠道). */
export const CHANNEL_KINDS = {
  window: '医院窗口',
  hospitalApp: '医院公众号',
  phone: '电话预约',
  districtPortal: '区级门户',
  community: '社区转诊',
  cityPlatform: '市级平台',
  thirdParty: '第三方平台',
} as const;

export type InstitutionGrade = keyof typeof INSTITUTION_GRADES;
export type DoctorTitle = keyof typeof DOCTOR_TITLES;
export type SlotMode = keyof typeof SLOT_MODES;
export type ClinicKind = keyof typeof CLINIC_KINDS;
export type InternetService = keyof typeof INTERNET_SERVICES;
export type ChannelKind = keyof typeof CHANNEL_KINDS;

/** The codes of a table as a non-empty tuple, as zod's enum wants them. */
export function codesOf<Table extends Readonly<Record<string, string>>>(
  table: Table,
): [keyof Table & string, ...(keyof Table & string)[]] {
  return Object.keys(table) as [keyof Table & string, ...(keyof Table & string)[]];
}
