import { z } from 'zod';
import { codesOf, SEXES } from '../../codes/directory-tables.ts';
import { checkResidentId } from '../../codes/resident-id.ts';
import {
  bookingRuleDetailsSchema,
  channelDetailsSchema,
  clinicDetailsSchema,
  type DirectoryKind,
  departmentDetailsSchema,
  doctorDetailsSchema,
  institutionCodeSchema,
  institutionDetailsSchema,
  internetClinicDetailsSchema,
  localCodeSchema,
} from '../../events/institutions.ts';

/** Most items of one batch registration; a larger batch is refused whole. */
export const MAX_BATCH_ITEMS = 500;

/** A doctor's own data: sealed before anything is stored. */
export const doctorPersonSchema = z.strictObject({
  name: z.string('请填写医生姓名').trim().min(1, '请填写医生姓名').max(30, '姓名最长30个字'),
  sex: z.enum(codesOf(SEXES), '性别代码不正确（GB/T 2261.1）'),
  expertise: z.string('请填写擅长').trim().max(300, '擅长最长300个字').default(''),
  introduction: z.string('请填写简介').trim().max(1000, '简介最长1000个字').default(''),
  residentId: z
    .string('请填写身份证号')
    .transform((value) => value.toUpperCase())
    .refine((value) => checkResidentId(value).valid, '身份证号校验不通过，请核对18位号码'),
  mobile: z.string('请填写手机号').regex(/^1[3-9]\d{9}$/, '手机号须为11位大陆手机号'),
  certificateNumber: z.string('请填写医师执业证书编码').regex(/^\d{15}$/, '医师执业证书编码为15位数字'),
});
export type DoctorPerson = z.infer<typeof doctorPersonSchema>;

const key = { institutionCode: institutionCodeSchema, code: localCodeSchema };

/** One registration of each kind: key, details and, for doctors, the person. */
export const registrationSchemas = {
  institution: z
    .strictObject({ institutionCode: institutionCodeSchema, details: institutionDetailsSchema })
    .refine((value) => value.details.uscc.slice(8, 17) === value.institutionCode.slice(0, 9), {
      message: '统一社会信用代码第9至17位与卫生机构代码前9位不一致，请核对',
      path: ['details', 'uscc'],
    }),
  department: z.strictObject({ ...key, details: departmentDetailsSchema }),
  doctor: z.strictObject({ ...key, details: doctorDetailsSchema, person: doctorPersonSchema }),
  clinic: z.strictObject({ ...key, details: clinicDetailsSchema }),
  internetClinic: z.strictObject({ ...key, details: internetClinicDetailsSchema }),
  channel: z.strictObject({ ...key, details: channelDetailsSchema }),
  bookingRule: z.strictObject({ ...key, details: bookingRuleDetailsSchema }),
} as const satisfies Record<DirectoryKind, z.ZodType>;

export type Registration<Kind extends DirectoryKind> = z.infer<(typeof registrationSchemas)[Kind]>;

/** A batch of registrations of one kind. */
export function batchOf<Item extends z.ZodType>(item: Item) {
  return z.strictObject({
    items: z
      .array(item)
      .min(1, '批量登记至少1条')
      .max(MAX_BATCH_ITEMS, `批量登记最多${MAX_BATCH_ITEMS}条，请分批上传`),
  });
}

/** What became of one registration. `position` may be passed to a query's `?after=`. */
export const registrationResultSchema = z.object({
  code: z.string(),
  outcome: z.enum(['registered', 'changed', 'unchanged']),
  /** Revision of the entry; to be named by who wants to change it. */
  revision: z.number().int(),
  position: z.string(),
});
export type RegistrationResult = z.infer<typeof registrationResultSchema>;

/** The answer to a batch: one line an item, in order; refused items name the stable code of their problem. */
export const batchResultSchema = z.object({
  accepted: z.number().int(),
  refused: z.number().int(),
  items: z.array(
    z.union([
      registrationResultSchema,
      z.object({ code: z.string(), outcome: z.literal('refused'), problem: z.string(), detail: z.string() }),
    ]),
  ),
});
export type BatchResult = z.infer<typeof batchResultSchema>;
