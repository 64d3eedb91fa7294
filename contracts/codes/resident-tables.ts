/** Small code tables of residents, each with the Chinese word a user sees. */

/** Identity documents. Source: WS 364.3 CV02.01.101 身份证件类别. */
export const IDENTITY_KINDS = {
  '01': '居民身份证',
  '03': '护照',
  '06': '港澳居民来往内地通行证',
  '07': '台湾居民来往内地通行证',
} as const;

/** Cards that a hospital takes at a visit (就诊卡). */
export const CARD_KINDS = {
  socialSecurity: '社会保障卡',
  healthCode: '电子健康卡',
  hospitalCard: '院内就诊卡',
} as const;

/** What a family member is to the account's holder. */
export const FAMILY_RELATIONS = {
  spouse: '配偶',
  child: '子女',
  parent: '父母',
  grandparent: '祖父母',
  sibling: '兄弟姐妹',
  other: '其他',
} as const;

/** Services that people on the preview list (白名单) may try before everybody. */
export const PREVIEW_SERVICES = {
  waitlist: '候补预约',
  onlineCheckIn: '在线签到',
  onlineRegistration: '在线挂号',
  prepayment: '线上预付',
  jointClinic: '远程联合门诊',
} as const;

/** How it was made sure that a person is real (实名核验). */
export const VERIFICATION_METHODS = {
  nationalRegister: '公安实名核验',
  desk: '窗口核验证件',
  partner: '医院提供',
} as const;

export type IdentityKind = keyof typeof IDENTITY_KINDS;
export type CardKind = keyof typeof CARD_KINDS;
export type FamilyRelation = keyof typeof FAMILY_RELATIONS;
export type PreviewService = keyof typeof PREVIEW_SERVICES;
export type VerificationMethod = keyof typeof VERIFICATION_METHODS;
