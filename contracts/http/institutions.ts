import { z } from 'zod';
import {
  bookingRuleDetailsSchema,
  channelDetailsSchema,
  clinicDetailsSchema,
  DIRECTORY_KINDS,
  type DirectoryKind,
  departmentDetailsSchema,
  doctorDetailsSchema,
  institutionDetailsSchema,
  internetClinicDetailsSchema,
} from '../events/institutions.ts';
import { doctorPersonSchema, registrationResultSchema } from '../partners/hospital/registration.ts';
import { afterSchema, pageOf, pagingSchema } from './paging.ts';

/** The path of each kind: `/api/directory/<path>` and `/api/partner/v1/<path>`. */
export const DIRECTORY_PATHS = {
  institution: 'institutions',
  department: 'departments',
  doctor: 'doctors',
  clinic: 'clinics',
  internetClinic: 'internet-clinics',
  channel: 'channels',
  bookingRule: 'booking-rules',
} as const satisfies Record<DirectoryKind, string>;
export type DirectoryPath = (typeof DIRECTORY_PATHS)[DirectoryKind];

export const KIND_NAMES = {
  institution: '医疗机构',
  department: '科室',
  doctor: '医生',
  clinic: '门诊',
  internetClinic: '互联网门诊',
  channel: '预约渠道',
  bookingRule: '预约规则',
} as const satisfies Record<DirectoryKind, string>;

export const STATUS_NAMES = { active: '启用', inactive: '停用', erased: '已注销' } as const;
export type EntryStatus = keyof typeof STATUS_NAMES;

/** GET /api/directory/<path>: filters of a list. Visitors see active entries only, whatever `status` says. */
export const directoryQuerySchema = pagingSchema.extend(afterSchema.shape).extend({
  /** Part of a name in Chinese, its pinyin or pinyin initials, or the start of a code. */
  q: z.string().trim().max(40, '搜索内容最长40个字').optional(),
  institution: z.string().max(22).optional(),
  department: z.string().max(32).optional(),
  /** Clinics that this doctor of `institution` holds. */
  doctor: z.string().max(32).optional(),
  title: z.string().max(3).optional(),
  expert: z.enum(['true', 'false']).optional(),
  /** Category of institutions (WS 218-2002) or its beginning: `A`, `A1`, `A100`. */
  category: z
    .string()
    .regex(/^[A-Z]\d{0,3}$/, '机构类别不正确，例如 A 或 A100')
    .optional(),
  status: z.enum(['active', 'inactive', 'erased', 'all']).optional(),
});
export type DirectoryQuery = z.infer<typeof directoryQuerySchema>;

/** GET /api/directory/search?q=: institutions, departments, doctors and clinics together, best first, at most `limit`. */
export const searchQuerySchema = z.object({
  q: z.string().trim().min(1, '请输入要搜索的内容').max(40, '搜索内容最长40个字'),
  limit: z.coerce.number().int().min(1).max(50).default(20),
});

const common = {
  institutionCode: z.string(),
  code: z.string(),
  institutionName: z.string(),
  name: z.string(),
  status: z.enum(['active', 'inactive', 'erased']),
  revision: z.number().int(),
  updatedAt: z.string(),
};

/** A doctor's published listing; empty once the doctor is erased. */
const listingSchema = z.object({ sex: z.string(), expertise: z.string(), introduction: z.string() });

/** What signed-in staff of the institution or the district see besides; masked. */
const maskedPersonSchema = z.object({
  residentId: z.string(),
  mobile: z.string(),
  certificateNumber: z.string(),
});

export const entrySchemas = {
  institution: z.object({
    kind: z.literal('institution'),
    ...common,
    category: z.string(),
    categoryName: z.string(),
    details: institutionDetailsSchema,
  }),
  department: z.object({
    kind: z.literal('department'),
    ...common,
    parentName: z.string().nullable(),
    details: departmentDetailsSchema,
  }),
  doctor: z.object({
    kind: z.literal('doctor'),
    ...common,
    departmentNames: z.array(z.string()),
    details: doctorDetailsSchema,
    listing: listingSchema,
    person: maskedPersonSchema.optional(),
  }),
  clinic: z.object({
    kind: z.literal('clinic'),
    ...common,
    departmentName: z.string(),
    doctorName: z.string().nullable(),
    details: clinicDetailsSchema,
  }),
  internetClinic: z.object({
    kind: z.literal('internetClinic'),
    ...common,
    departmentName: z.string(),
    doctorName: z.string().nullable(),
    details: internetClinicDetailsSchema,
  }),
  channel: z.object({ kind: z.literal('channel'), ...common, details: channelDetailsSchema }),
  bookingRule: z.object({
    kind: z.literal('bookingRule'),
    ...common,
    ruleVersion: z.number().int(),
    filingNumber: z.string(),
    details: bookingRuleDetailsSchema,
  }),
} as const satisfies Record<DirectoryKind, z.ZodType>;

export type DirectoryEntry<Kind extends DirectoryKind = DirectoryKind> = z.infer<(typeof entrySchemas)[Kind]>;

export const entryPageSchemas = {
  institution: pageOf(entrySchemas.institution),
  department: pageOf(entrySchemas.department),
  doctor: pageOf(entrySchemas.doctor),
  clinic: pageOf(entrySchemas.clinic),
  internetClinic: pageOf(entrySchemas.internetClinic),
  channel: pageOf(entrySchemas.channel),
  bookingRule: pageOf(entrySchemas.bookingRule),
} as const satisfies Record<DirectoryKind, z.ZodType>;

export const searchResultSchema = z.object({
  items: z.array(
    z.object({
      kind: z.enum(DIRECTORY_KINDS),
      institutionCode: z.string(),
      code: z.string(),
      name: z.string(),
      institutionName: z.string(),
      /** The department of a clinic, since clinics have no page of their own; null for other kinds. */
      departmentCode: z.string().nullable(),
      /** One line beneath the name: title and departments, grade and address, … */
      summary: z.string(),
    }),
  ),
});

/** PUT /api/directory/<path>/<institution>/<code> with `If-Match: "<revision>"`. Doctors may leave `person` out to keep it. */
export const changeSchemas = {
  institution: z.strictObject({ details: institutionDetailsSchema }),
  department: z.strictObject({ details: departmentDetailsSchema }),
  doctor: z.strictObject({ details: doctorDetailsSchema, person: doctorPersonSchema.optional() }),
  clinic: z.strictObject({ details: clinicDetailsSchema }),
  internetClinic: z.strictObject({ details: internetClinicDetailsSchema }),
  channel: z.strictObject({ details: channelDetailsSchema }),
  bookingRule: z.strictObject({ details: bookingRuleDetailsSchema }),
} as const satisfies Record<DirectoryKind, z.ZodType>;

export const changeResultSchema = registrationResultSchema;

/** Reasons and purposes are kept for good and read by many: numbers that name a person have no place in them. */
const PERSONAL_NUMBER = /\d{17}[\dXx]|(?<!\d)1[3-9]\d{9}(?!\d)/;
const withoutPersonalNumber = (text: string) => !PERSONAL_NUMBER.test(text);
const NO_PERSONAL_NUMBER = '请勿填写身份证号或手机号，请改用编码说明';

/** POST …/deactivation, …/reactivation, …/erasure. */
export const reasonSchema = z.strictObject({
  reason: z
    .string('请填写原因')
    .trim()
    .min(2, '请填写原因，至少2个字')
    .max(200, '原因最长200个字')
    .refine(withoutPersonalNumber, NO_PERSONAL_NUMBER),
});

/** POST …/disclosure: shows a doctor's identity data in clear for a stated purpose; audited. */
export const disclosureSchema = z.strictObject({
  purpose: z
    .string('请说明查看用途')
    .trim()
    .min(4, '请说明查看用途，至少4个字')
    .max(200, '用途最长200个字')
    .refine(withoutPersonalNumber, NO_PERSONAL_NUMBER),
});
export const disclosedPersonSchema = z.object({
  residentId: z.string(),
  mobile: z.string(),
  certificateNumber: z.string(),
});

/** GET …/history: the changes of one entry, newest first. */
export const historyItemSchema = z.object({
  revision: z.number().int(),
  eventType: z.string(),
  /** Chinese words for what happened, such as 修改科室. */
  summary: z.string(),
  at: z.string(),
  /** Who did it, in words without personal data: 中山医院青浦分院系统, 区管理员 … */
  actor: z.string(),
  reason: z.string().nullable(),
  changes: z.array(z.object({ field: z.string(), label: z.string(), before: z.string(), after: z.string() })),
});
export const historyPageSchema = pageOf(historyItemSchema);
export type HistoryItem = z.infer<typeof historyItemSchema>;

/**
 * What a filed version is today: it begins later, it is the one that counts, or it has had its time. A version that was
 * replaced before it began, and the last one of an inactive rule, count as superseded.
 */
export const RULE_VERSION_STATES = {
  upcoming: '待生效',
  inForce: '执行中',
  superseded: '已被新版本替代',
} as const;
export type RuleVersionState = keyof typeof RULE_VERSION_STATES;

/** GET /api/directory/booking-rules/<institution>/<code>/versions: every filed version, newest first. */
export const ruleVersionSchema = z.object({
  ruleVersion: z.number().int(),
  filingNumber: z.string(),
  filedAt: z.string(),
  state: z.enum(['upcoming', 'inForce', 'superseded']),
  details: bookingRuleDetailsSchema,
});
export const ruleVersionPageSchema = pageOf(ruleVersionSchema);

/** GET /api/directory/booking-rules/analysis: filed rules in force today against the district's guidance (F2.04). */
export const ruleAnalysisSchema = z.object({
  asOf: z.string().nullable(),
  date: z.string(),
  guidanceVersion: z.string(),
  guidanceSource: z.string(),
  totals: z.object({
    institutions: z.number(),
    filed: z.number(),
    unfiled: z.number(),
    compliant: z.number(),
    deviating: z.number(),
  }),
  institutions: z.array(
    z.object({
      institutionCode: z.string(),
      institutionName: z.string(),
      rulesInForce: z.number(),
      verdict: z.enum(['unfiled', 'compliant', 'notice', 'deviation']),
      findings: z.array(
        z.object({
          ruleCode: z.string(),
          ruleName: z.string(),
          guidanceId: z.string(),
          field: z.string(),
          label: z.string(),
          severity: z.enum(['deviation', 'notice']),
          value: z.number(),
          expected: z.string(),
          advice: z.string(),
        }),
      ),
    }),
  ),
  /** How the filed values spread over the rules in force: field → value → number of rules. */
  distribution: z.array(
    z.object({
      field: z.string(),
      label: z.string(),
      unit: z.string(),
      values: z.array(z.object({ value: z.number(), rules: z.number() })),
    }),
  ),
  /** How often each piece of guidance is missed. */
  misses: z.array(
    z.object({
      guidanceId: z.string(),
      label: z.string(),
      severity: z.enum(['deviation', 'notice']),
      rules: z.number(),
      advice: z.string(),
    }),
  ),
});
export type RuleAnalysis = z.infer<typeof ruleAnalysisSchema>;

/** Chinese labels of detail fields, for forms and for the history of changes. */
export const FIELD_LABELS: Readonly<Record<string, string>> = {
  name: '名称',
  shortName: '简称',
  uscc: '统一社会信用代码',
  grade: '医院等级',
  slotMode: '号源模式',
  address: '地址',
  phone: '服务电话',
  introduction: '简介',
  example: '示例数据',
  level: '科室级别',
  parentCode: '上级科室',
  subjectCode: '诊疗科目',
  location: '位置',
  title: '职称',
  departmentCodes: '所属科室',
  expert: '专家',
  departmentCode: '所属科室',
  doctorCode: '出诊医生',
  kind: '类型',
  feeFen: '费用',
  services: '服务方式',
  licence: '许可证号',
  prepaid: '预付',
  clinicKind: '适用门诊',
  effectiveFrom: '生效日期',
  intervalMinutes: '就诊时段',
  horizonDays: '预约周期',
  releaseTime: '放号时间',
  cancelDaysBefore: '退号提前天数',
  cancelTime: '退号截止时间',
  noShowCount: '爽约次数',
  noShowWindowDays: '爽约统计周期',
  noShowSuspendDays: '爽约暂停天数',
  perDepartmentDay: '同科室每日限约',
  perDoctorDay: '同医生每日限约',
  departmentsPerDay: '每日科室数上限',
  checkInMinutesBefore: '可提前签到',
  checkInMinutesAfter: '可延后签到',
  holdMinutes: '锁号时间',
  communityExtraDays: '社区提前天数',
  quotaPercent: '号源占比',
  'quotaPercent.referral': '转诊占比',
  'quotaPercent.community': '社区占比',
  'quotaPercent.contracted': '签约占比',
  'quotaPercent.public': '公众占比',
  status: '状态',
  person: '个人信息',
  sex: '性别',
  expertise: '擅长',
  residentId: '身份证号',
  mobile: '手机号',
  certificateNumber: '医师执业证书编码',
};
