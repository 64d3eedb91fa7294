import { z } from 'zod';
import { CHANNEL_KINDS, codesOf, SEXES } from '../codes/directory-tables.ts';
import { normalisedIdentityNumber, normalisedName } from '../codes/identity-document.ts';
import { checkResidentId } from '../codes/resident-id.ts';
import {
  CARD_KINDS,
  FAMILY_RELATIONS,
  IDENTITY_KINDS,
  PREVIEW_SERVICES,
  VERIFICATION_METHODS,
} from '../codes/resident-tables.ts';
import { institutionCodeSchema } from '../events/institutions.ts';
import { calendarDateSchema } from '../events/slots.ts';
import { disclosureSchema, reasonSchema } from './institutions.ts';
import { afterSchema, pageOf, pagingSchema } from './paging.ts';

/*
 * Residents over HTTP. Paths under /api/residents:
 *
 * residents   GET me · GET persons/<person>/accesses · POST registration · POST family · DELETE family/<person>
 *             POST cards · DELETE cards/<person>/<card> · PUT mobile
 * desk        POST desk/search · POST desk/callers · GET desk/persons/<person>
 *             POST desk/persons/<person>/disclosure · POST desk/persons/<person>/erasure
 * district    GET previews · POST previews/search · POST previews · DELETE previews/<person>/<channel>/<service>
 *
 * Writing requests carry Idempotency-Key and X-CSRF-Token. What names a person never stands in an address.
 */

/** Persons that one search at the desk answers. */
export const MAX_FOUND_PERSONS = 20;

const name = z
  .string('请填写姓名')
  .transform(normalisedName)
  .pipe(z.string().min(2, '请填写证件上的姓名，至少2个字').max(30, '姓名最长30个字'));
const mobile = z.string('请填写手机号').regex(/^1[3-9]\d{9}$/, '手机号须为11位大陆手机号');
const identityNumber = z
  .string('请填写证件号码')
  .transform(normalisedIdentityNumber)
  .pipe(z.string().regex(/^[A-Z0-9]{5,20}$/, '证件号码须为5至20位字母或数字'));

/**
 * Somebody as their identity document names them. For a resident identity card sex and date of birth follow from the
 * number and may be left out; for every other document they are wanted.
 */
export const personSchema = z
  .strictObject({
    name,
    identityKind: z.enum(codesOf(IDENTITY_KINDS), '证件类别不在代码表中'),
    identityNumber,
    sex: z.enum(['1', '2'], '请选择性别').optional(),
    birthDate: calendarDateSchema.optional(),
    mobile,
  })
  .superRefine((person, context) => {
    const fault = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (person.identityKind === '01') {
      const checked = checkResidentId(person.identityNumber);
      if (!checked.valid) fault('identityNumber', '身份证号校验不通过，请核对18位号码');
      else {
        if ((person.sex ?? checked.sex) !== checked.sex) fault('sex', '性别与身份证号不一致，请核对');
        if ((person.birthDate ?? checked.birthDate) !== checked.birthDate)
          fault('birthDate', '出生日期与身份证号不一致，请核对');
      }
    } else {
      if (person.sex === undefined) fault('sex', '请选择性别');
      if (person.birthDate === undefined) fault('birthDate', '请填写出生日期');
    }
  });
export type NewPerson = z.infer<typeof personSchema>;

/** POST registration: who the account's holder is (F3.01). 201. */
export const registrationSchema = z.strictObject({ person: personSchema });

/**
 * POST family. `guardianConsent` is wanted for a child under the guardian's age; somebody older is added with the mobile
 * that they have registered themselves. 201.
 */
export const familySchema = z.strictObject({
  person: personSchema,
  relation: z.enum(codesOf(FAMILY_RELATIONS), '请选择与本人的关系'),
  guardianConsent: z.boolean('请选择是否以监护人身份同意').default(false),
});

/** POST cards. A hospital's own card names the hospital; the others are valid everywhere. 201. */
export const cardSchema = z
  .strictObject({
    personId: z.uuid('请选择就诊人'),
    kind: z.enum(codesOf(CARD_KINDS), '请选择卡类型'),
    number: z
      .string('请填写卡号')
      .trim()
      .regex(/^[A-Za-z0-9]{4,32}$/, '卡号须为4至32位字母或数字')
      .transform((value) => value.toUpperCase()),
    institutionCode: institutionCodeSchema.nullable().default(null),
  })
  .refine(({ kind, institutionCode }) => (kind === 'hospitalCard') === (institutionCode !== null), {
    message: '院内就诊卡须选择医院，其他卡不需要',
    path: ['institutionCode'],
  });
export type NewCard = z.infer<typeof cardSchema>;

/** PUT mobile: of the holder, or of a child for whom the holder consented. */
export const mobileSchema = z.strictObject({ personId: z.uuid('请选择就诊人'), mobile });

/** Answer to what was done; a person that is new to the platform and one that it knew look alike. */
export const personResultSchema = z.object({ personId: z.uuid(), position: z.string() });
export const cardResultSchema = z.object({ personId: z.uuid(), cardId: z.uuid(), position: z.string() });
export type PersonResult = z.infer<typeof personResultSchema>;

const maskedCard = z.object({
  cardId: z.uuid(),
  kind: z.enum(codesOf(CARD_KINDS)),
  /** Masked. */
  number: z.string(),
  institutionCode: z.string().nullable(),
  institutionName: z.string().nullable(),
});

/** A person as every list shows them: masked; 已注销 and empty once erased. */
const maskedPerson = {
  personId: z.uuid(),
  /** 王**, or 已注销. */
  name: z.string(),
  /** Null once erased. */
  identityKind: z.enum(codesOf(IDENTITY_KINDS)).nullable(),
  identityNumber: z.string(),
  /** Empty where nobody has told it. */
  mobile: z.string(),
  sex: z.enum(codesOf(SEXES)),
  verification: z.enum(codesOf(VERIFICATION_METHODS)),
  erased: z.boolean(),
};
export const maskedPersonSchema = z.object(maskedPerson);
export type MaskedPerson = z.infer<typeof maskedPersonSchema>;

/** GET me: the account's persons, the holder first. Empty until the holder is registered. */
export const myPersonsSchema = z.object({
  /** The holder is registered by real name and may book. */
  registered: z.boolean(),
  items: z.array(
    z.object({
      ...maskedPerson,
      relation: z.enum(['self', ...codesOf(FAMILY_RELATIONS)]),
      /** Chinese word for the relation: 本人, 子女 … */
      relationName: z.string(),
      /** The holder consents for this child. */
      guardian: z.boolean(),
      cards: z.array(maskedCard),
    }),
  ),
  /** Most family members beside the holder. */
  familyMembers: z.number().int(),
  /** Below this age, in whole years, a guardian consents. */
  guardianAge: z.number().int(),
  asOf: z.string().nullable(),
  stale: z.boolean(),
});
export type MyPersons = z.infer<typeof myPersonsSchema>;

/** GET persons/<person>/accesses: who looked at the person's record, the newest first; of oneself and of children in one's care. */
export const accessItemSchema = z.object({
  at: z.string(),
  /** Null for whoever belongs to no institution. */
  institutionName: z.string().nullable(),
  roleName: z.string(),
  /** Masked; null for systems, and for accounts that are not known any more. */
  staffName: z.string().nullable(),
  /** What was read or done, in words. */
  what: z.string(),
  /** As stated; null where none is asked for. */
  purpose: z.string().nullable(),
});
export type AccessItem = z.infer<typeof accessItemSchema>;
export const accessPageSchema = pageOf(accessItemSchema);
export type AccessPage = z.infer<typeof accessPageSchema>;

const exactly = {
  /** Number of an identity document of any kind. */
  identity: identityNumber.optional(),
  mobile: mobile.optional(),
  name: name.optional(),
};
const namesSomebody = (query: { readonly [Field in keyof typeof exactly]?: string | undefined }) =>
  query.identity !== undefined || query.mobile !== undefined || query.name !== undefined;
const NAME_SOMEBODY = '请填写姓名、手机号或证件号码中的至少一项';

/** POST desk/search: everything given must fit exactly. */
export const personSearchSchema = disclosureSchema
  .extend(exactly)
  .extend(afterSchema.shape)
  .refine(namesSomebody, { message: NAME_SOMEBODY, path: ['name'] });
export type PersonSearch = z.infer<typeof personSearchSchema>;
export const foundPersonsSchema = z.object({
  items: z.array(maskedPersonSchema),
  /** There are more than are shown: narrow the search. */
  more: z.boolean(),
  asOf: z.string().nullable(),
  stale: z.boolean(),
});
export type FoundPersons = z.infer<typeof foundPersonsSchema>;

/**
 * POST desk/callers: registers who calls or stands at the window, or finds them. `documentSeen`: a member of staff has
 * the document before their eyes, for documents that the national register does not know. 201.
 */
export const callerSchema = z.strictObject({
  person: personSchema,
  documentSeen: z.boolean('请选择是否已核对证件原件').default(false),
});

/** POST desk/persons/<person>/disclosure with a purpose; audited. */
export const disclosedResidentSchema = z.object({
  name: z.string(),
  identityKind: z.enum(codesOf(IDENTITY_KINDS)),
  identityNumber: z.string(),
  sex: z.enum(codesOf(SEXES)),
  birthDate: z.string().nullable(),
  mobile: z.string().nullable(),
});

/* ---- preview list (白名单, A5.20–A5.23) ---- */

const channel = z.enum(codesOf(CHANNEL_KINDS), '请选择渠道');
const service = z.enum(codesOf(PREVIEW_SERVICES), '请选择服务');

export const PREVIEW_STATES = { granted: '生效中', revoked: '已移除' } as const;

/** GET previews. */
export const previewsQuerySchema = pagingSchema.extend(afterSchema.shape).extend({
  channel: channel.optional(),
  service: service.optional(),
  state: z.enum(['granted', 'revoked', 'all']).default('granted'),
});
export type PreviewsQuery = z.infer<typeof previewsQuerySchema>;
/** POST previews/search: as the query, with the user whom it names kept out of the address. */
export const previewsSearchSchema = z.strictObject({ ...previewsQuerySchema.shape, ...exactly });
export const previewItemSchema = z.object({
  personId: z.uuid(),
  /** Masked. */
  personName: z.string(),
  mobile: z.string(),
  channel,
  channelName: z.string(),
  service,
  serviceName: z.string(),
  state: z.enum(codesOf(PREVIEW_STATES)),
  stateName: z.string(),
  /** Why it was granted, or revoked. */
  reason: z.string(),
  /** When it was granted, or revoked. */
  at: z.string(),
});
export const previewPageSchema = pageOf(previewItemSchema);
export type PreviewItem = z.infer<typeof previewItemSchema>;

/** POST previews; the person is found or registered at the desk first. 201. */
export const previewSchema = reasonSchema.extend({ personId: z.uuid('请选择人员'), channel, service });
/** DELETE previews/<person>/<channel>/<service>. */
export const previewRevocationSchema = reasonSchema;
export const previewResultSchema = z.object({
  personId: z.uuid(),
  outcome: z.enum(['granted', 'revoked', 'unchanged']),
  position: z.string(),
});
