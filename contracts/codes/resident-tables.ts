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

export type IdentityKind = keyof typeof IDENTITY_KINDS;
export type CardKind = keyof typeof CARD_KINDS;
export type FamilyRelation = keyof typeof FAMILY_RELATIONS;
