import { z } from 'zod';
import { isClinicalSubject } from '../codes/clinical-subjects.ts';
import {
  CHANNEL_KINDS,
  CLINIC_KINDS,
  codesOf,
  DOCTOR_TITLES,
  INSTITUTION_GRADES,
  INTERNET_SERVICES,
  SLOT_MODES,
} from '../codes/directory-tables.ts';
import { checkInstitutionCode } from '../codes/institution-code.ts';
import { checkUscc } from '../codes/uscc.ts';
import type { EventOf } from './catalogue.ts';
import { sealedSchema } from './sealed.ts';

/** The kinds of entry that the directory of institutions keeps (F1.01–F1.07). */
export const DIRECTORY_KINDS = [
  'institution',
  'department',
  'doctor',
  'clinic',
  'internetClinic',
  'channel',
  'bookingRule',
] as const;
export type DirectoryKind = (typeof DIRECTORY_KINDS)[number];

export const institutionCodeSchema = z
  .string('请填写22位卫生机构代码')
  .refine((value) => checkInstitutionCode(value).valid, '卫生机构代码不正确，请核对22位代码（WS 218-2002）');

/** A code that the hospital gives to its own department, doctor, clinic, channel or rule. */
export const localCodeSchema = z
  .string('请填写编码')
  .regex(/^[A-Za-z0-9_]{1,32}$/, '编码只能用字母、数字和下划线，最长32位');

const text = (label: string, max: number) =>
  z.string(`请填写${label}`).trim().min(1, `请填写${label}`).max(max, `${label}最长${max}个字`);
const optionalText = (label: string, max: number) =>
  z.string(`${label}须为文字`).trim().max(max, `${label}最长${max}个字`).default('');
const count = (label: string, min: number, max: number) =>
  z
    .number(`请填写${label}`)
    .int(`${label}须为整数`)
    .min(min, `${label}不能小于${min}`)
    .max(max, `${label}不能大于${max}`);
const oneOf = <Table extends Readonly<Record<string, string>>>(table: Table, label: string) =>
  z.enum(codesOf(table), `${label}不在代码表中，请从 ${Object.keys(table).join('、')} 中选择`);
const clockTime = z.string('请填写时间').regex(/^([01]\d|2[0-3]):[0-5]\d$/, '时间格式为 HH:mm，例如 07:00');
const calendarDate = z.iso.date('日期格式为 YYYY-MM-DD');
const feeFen = count('费用（分）', 0, 10_000_000);

export const institutionDetailsSchema = z.strictObject({
  name: text('机构名称', 80),
  shortName: text('机构简称', 20),
  uscc: z
    .string('请填写统一社会信用代码')
    .refine((value) => checkUscc(value).valid, '统一社会信用代码校验不通过，请核对18位代码'),
  grade: oneOf(INSTITUTION_GRADES, '医院等级'),
  slotMode: oneOf(SLOT_MODES, '号源模式'),
  address: text('地址', 120),
  /** Public service number of the institution, not of a person. */
  phone: z.string('请填写服务电话').regex(/^[0-9-]{5,20}$/, '服务电话只能包含数字和短横线'),
  introduction: optionalText('简介', 1000),
  /** Marks an entry that exists only to show the platform. */
  example: z.boolean().default(false),
});

export const departmentDetailsSchema = z
  .strictObject({
    name: text('科室名称', 40),
    level: z.union([z.literal(1), z.literal(2)], '科室级别为1（一级科室）或2（二级科室）'),
    /** The first-level department above; only second-level departments have one. */
    parentCode: localCodeSchema.nullable().default(null),
    subjectCode: z
      .string('请填写诊疗科目代码')
      .refine(isClinicalSubject, '诊疗科目代码不在名录中，例如心血管内科为 03.04'),
    location: optionalText('位置', 80),
    introduction: optionalText('简介', 1000),
  })
  .refine((value) => (value.level === 2) === (value.parentCode !== null), {
    message: '二级科室须填写上级科室编码，一级科室不填',
    path: ['parentCode'],
  });

/** What of a doctor may stand in clear: nothing that names a person. */
export const doctorDetailsSchema = z.strictObject({
  title: oneOf(DOCTOR_TITLES, '职称'),
  departmentCodes: z.array(localCodeSchema).min(1, '请至少填写一个所属科室').max(10, '所属科室最多10个'),
  /** Whether the hospital offers the doctor as an expert (专家). */
  expert: z.boolean('请填写是否专家'),
});

export const clinicDetailsSchema = z.strictObject({
  name: text('门诊名称', 60),
  departmentCode: localCodeSchema,
  doctorCode: localCodeSchema.nullable().default(null),
  kind: oneOf(CLINIC_KINDS, '门诊类型'),
  feeFen,
  location: text('就诊地点', 80),
});

export const internetClinicDetailsSchema = z.strictObject({
  name: text('互联网门诊名称', 60),
  departmentCode: localCodeSchema,
  doctorCode: localCodeSchema.nullable().default(null),
  services: z.array(oneOf(INTERNET_SERVICES, '服务方式')).min(1, '请至少填写一种服务方式').max(3),
  feeFen,
  /** Licence number of the internet hospital. */
  licence: text('互联网医院许可证号', 40),
});

export const channelDetailsSchema = z.strictObject({
  name: text('渠道名称', 40),
  kind: oneOf(CHANNEL_KINDS, '渠道类型'),
  /** Whether the fee is taken when booking (预付). */
  prepaid: z.boolean('请填写是否预付'),
});

const quotaPercentSchema = z
  .strictObject({
    referral: count('转诊占比', 0, 100),
    community: count('社区占比', 0, 100),
    contracted: count('签约占比', 0, 100),
    public: count('公众占比', 0, 100),
  })
  .refine(
    (quota) => quota.referral + quota.community + quota.contracted + quota.public === 100,
    '四类号源占比之和须为100',
  );

/** A booking rule as a hospital files it. Defaults and meaning: rules/booking-guidance. */
export const bookingRuleDetailsSchema = z.strictObject({
  name: text('规则名称', 40),
  clinicKind: z.enum(['all', ...codesOf(CLINIC_KINDS)], '适用门诊不在代码表中'),
  effectiveFrom: calendarDate,
  intervalMinutes: count('就诊时段（分钟）', 5, 240),
  horizonDays: count('预约周期（天）', 1, 60),
  releaseTime: clockTime,
  cancelDaysBefore: count('退号提前天数', 0, 7),
  cancelTime: z
    .string('请填写退号截止时间')
    .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, '时间格式为 HH:mm，例如 24:00'),
  noShowCount: count('爽约次数', 1, 20),
  noShowWindowDays: count('爽约统计周期（天）', 1, 1095),
  noShowSuspendDays: count('爽约暂停天数', 1, 365),
  perDepartmentDay: count('同科室每日限约', 1, 10),
  perDoctorDay: count('同医生每日限约', 1, 10),
  departmentsPerDay: count('每日科室数上限', 1, 10),
  checkInMinutesBefore: count('可提前签到（分钟）', 0, 240),
  checkInMinutesAfter: count('可延后签到（分钟）', 0, 240),
  holdMinutes: count('锁号时间（分钟）', 1, 60),
  communityExtraDays: count('社区提前天数', 0, 30),
  quotaPercent: quotaPercentSchema,
});

export type InstitutionDetails = z.infer<typeof institutionDetailsSchema>;
export type DepartmentDetails = z.infer<typeof departmentDetailsSchema>;
export type DoctorDetails = z.infer<typeof doctorDetailsSchema>;
export type ClinicDetails = z.infer<typeof clinicDetailsSchema>;
export type InternetClinicDetails = z.infer<typeof internetClinicDetailsSchema>;
export type ChannelDetails = z.infer<typeof channelDetailsSchema>;
export type BookingRuleDetails = z.infer<typeof bookingRuleDetailsSchema>;

const key = { institutionCode: z.string(), code: z.string() };
const entry = <Details extends z.ZodType>(details: Details) => ({
  version: 1,
  schema: z.object({ ...key, details }),
});
const reasoned = { version: 1, schema: z.object({ ...key, reason: z.string() }) };
const doctorEntry = {
  version: 1,
  schema: z.object({
    ...key,
    details: doctorDetailsSchema,
    /** Name, sex, expertise, introduction, identity number, mobile and certificate, sealed under the doctor's key. */
    person: sealedSchema,
    /** HMAC-SM3 over the sealed content: tells an unchanged registration from a changed one without opening it. */
    personFingerprint: z.string(),
    /** Blind index of the identity number for exact search. */
    residentIdIndex: z.string(),
  }),
};

/** Everything that can happen to an entry of the directory. */
export const institutionEvents = {
  InstitutionRegistered: entry(institutionDetailsSchema),
  InstitutionChanged: entry(institutionDetailsSchema),
  InstitutionDeactivated: reasoned,
  InstitutionReactivated: reasoned,
  DepartmentRegistered: entry(departmentDetailsSchema),
  DepartmentChanged: entry(departmentDetailsSchema),
  DepartmentDeactivated: reasoned,
  DepartmentReactivated: reasoned,
  DoctorRegistered: doctorEntry,
  DoctorChanged: doctorEntry,
  DoctorDeactivated: reasoned,
  DoctorReactivated: reasoned,
  /** The doctor's data key is destroyed with this fact: what was sealed stays unreadable. */
  DoctorErased: reasoned,
  ClinicRegistered: entry(clinicDetailsSchema),
  ClinicChanged: entry(clinicDetailsSchema),
  ClinicDeactivated: reasoned,
  ClinicReactivated: reasoned,
  InternetClinicRegistered: entry(internetClinicDetailsSchema),
  InternetClinicChanged: entry(internetClinicDetailsSchema),
  InternetClinicDeactivated: reasoned,
  InternetClinicReactivated: reasoned,
  ChannelRegistered: entry(channelDetailsSchema),
  ChannelChanged: entry(channelDetailsSchema),
  ChannelDeactivated: reasoned,
  ChannelReactivated: reasoned,
  /** A rule's version is filed (备案); versions count from 1 and are never changed afterwards. */
  BookingRuleFiled: {
    version: 1,
    schema: z.object({
      ...key,
      ruleVersion: z.number().int(),
      filingNumber: z.string(),
      details: bookingRuleDetailsSchema,
    }),
  },
  BookingRuleDeactivated: reasoned,
  BookingRuleReactivated: reasoned,
} as const;

export type InstitutionsEvent = EventOf<typeof institutionEvents>;
