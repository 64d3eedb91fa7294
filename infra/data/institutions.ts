import type { InstitutionGrade, SlotMode } from '@qingpu/contracts/codes/directory-tables';
import type { Registration } from '@qingpu/contracts/partners/hospital/registration';
import type { RulePlan } from './booking-rules.ts';
import { syntheticInstitutionCode, syntheticUscc } from './codes.ts';
import type { DepartmentPlan } from './departments.ts';

/** What is decided by hand about one institution; everything else follows from it and the seed. */
export interface InstitutionPlan {
  /** Position in the district, from 0. */
  readonly index: number;
  readonly code: string;
  readonly name: string;
  readonly shortName: string;
  readonly hospital: boolean;
  readonly grade: InstitutionGrade;
  readonly slotMode: SlotMode;
  readonly town: string;
  readonly departments: DepartmentPlan;
  readonly doctors: number;
  readonly rules: RulePlan;
  readonly example: boolean;
  readonly introduction: string;
}

type Draft = Omit<InstitutionPlan, 'index' | 'code'> & { readonly category: string };

const HOSPITALS: readonly Draft[] = [
  {
    name: '复旦大学附属中山医院青浦分院',
    shortName: '中山医院青浦分院',
    category: 'A100',
    hospital: true,
    grade: '3B',
    slotMode: 'shared',
    town: '夏阳街道',
    departments: 'tertiary',
    doctors: 80,
    rules: 'compliantWithSpecial',
    example: false,
    introduction: '区域医疗中心，三级乙等综合医院，承担全区急危重症救治、疑难病诊疗和社区转诊。',
  },
  {
    name: '上海市青浦区朱家角人民医院',
    shortName: '朱家角人民医院',
    category: 'A100',
    hospital: true,
    grade: '20',
    slotMode: 'hosted',
    town: '朱家角镇',
    departments: 'secondary',
    doctors: 46,
    rules: 'longHorizon',
    example: false,
    introduction: '二级综合医院，服务青浦西部居民，开展常见病、多发病诊疗和康复医疗。',
  },
  {
    name: '上海市青浦区中医医院',
    shortName: '青浦区中医医院',
    category: 'A210',
    hospital: true,
    grade: '2A',
    slotMode: 'hosted',
    town: '盈浦街道',
    departments: 'chinese',
    doctors: 52,
    rules: 'littleCommunity',
    example: false,
    introduction: '二级甲等中医医院，以中医内科、骨伤、针灸推拿等专科为特色，提供治未病服务。',
  },
  {
    name: '上海市青浦区精神卫生中心',
    shortName: '青浦区精卫中心',
    category: 'A514',
    hospital: true,
    grade: '20',
    slotMode: 'hosted',
    town: '练塘镇',
    departments: 'mental',
    doctors: 40,
    rules: 'strictNoShow',
    example: false,
    introduction: '二级精神专科医院，提供心理咨询、睡眠障碍和精神疾病的门诊、住院与康复服务。',
  },
];

const CENTRES: readonly (readonly [town: string, rules: RulePlan])[] = [
  ['夏阳街道', 'compliant'],
  ['盈浦街道', 'compliant'],
  ['香花桥街道', 'lateCommunity'],
  ['朱家角镇', 'compliant'],
  ['练塘镇', 'unfiled'],
  ['金泽镇', 'unfiled'],
  ['赵巷镇', 'compliant'],
  ['徐泾镇', 'earlyCancel'],
  ['华新镇', 'compliant'],
  ['重固镇', 'shortHorizon'],
  ['白鹤镇', 'compliant'],
];

function centre(name: string, shortName: string, town: string, doctors: number, rules: RulePlan): Draft {
  return {
    name,
    shortName,
    category: 'B100',
    hospital: false,
    grade: '10',
    slotMode: 'hosted',
    town,
    departments: 'centre',
    doctors,
    rules,
    example: false,
    introduction: `为${town}居民提供全科诊疗、家庭医生签约、预防接种、妇幼保健和慢性病管理服务。`,
  };
}

const EXAMPLE_CENTRE: Draft = {
  ...centre('青浦示例社区卫生服务中心', '示例社区中心', '示例街道', 10, 'compliant'),
  example: true,
  introduction: '仅用于演示平台功能，不对应任何真实机构。',
};

/** The district's 4 hospitals and 12 community health centres, one of them an example. */
export const INSTITUTIONS: readonly InstitutionPlan[] = [
  ...HOSPITALS,
  ...CENTRES.map(([town, rules], index) =>
    centre(
      `${town}社区卫生服务中心`,
      `${town.replace(/街道$|镇$/, '')}社区中心`,
      town,
      8 + (index % 5),
      rules,
    ),
  ),
  EXAMPLE_CENTRE,
].map(({ category, ...draft }, index) => ({
  ...draft,
  index,
  code: syntheticInstitutionCode(index + 1, category),
}));

/** An institution's own registration. Address and telephone are made up and say so. */
export function institutionEntry(plan: InstitutionPlan): Registration<'institution'> {
  return {
    institutionCode: plan.code,
    details: {
      name: plan.name,
      shortName: plan.shortName,
      uscc: syntheticUscc(plan.index + 1),
      grade: plan.grade,
      slotMode: plan.slotMode,
      address: `上海市青浦区${plan.town}（演示地址）`,
      phone: `021-00000${String(plan.index + 1).padStart(3, '0')}`,
      introduction: `${plan.introduction}（演示用合成数据，非机构官方信息）`,
      example: plan.example,
    },
  };
}
