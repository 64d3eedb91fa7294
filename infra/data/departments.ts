import type { Registration } from '@qingpu/contracts/partners/hospital/registration';
import type { Random } from './random.ts';

export type DepartmentPlan = 'tertiary' | 'secondary' | 'chinese' | 'mental' | 'centre';

type Child = readonly [name: string, subject: string];
type Parent = readonly [name: string, subject: string, children: readonly Child[]];

const INTERNAL_MEDICINE: readonly Child[] = [
  ['心血管内科', '03.04'],
  ['呼吸内科', '03.01'],
  ['消化内科', '03.02'],
  ['神经内科', '03.03'],
  ['内分泌科', '03.07'],
  ['肾内科', '03.06'],
];

/** First-level departments with the second-level departments beneath, by the list of clinical subjects (1994). */
const PLANS: Readonly<Record<DepartmentPlan, readonly Parent[]>> = {
  tertiary: [
    [
      '内科',
      '03',
      [...INTERNAL_MEDICINE, ['血液内科', '03.05'], ['风湿免疫科', '03.08'], ['老年医学科', '03.10']],
    ],
    [
      '外科',
      '04',
      [
        ['普通外科', '04.01'],
        ['骨科', '04.03'],
        ['泌尿外科', '04.04'],
        ['神经外科', '04.02'],
        ['胸外科', '04.05'],
        ['心脏血管外科', '04.06'],
      ],
    ],
    [
      '妇产科',
      '05',
      [
        ['妇科', '05'],
        ['产科', '05'],
      ],
    ],
    [
      '儿科',
      '07',
      [
        ['儿内科', '07'],
        ['小儿外科', '08'],
      ],
    ],
    [
      '眼科',
      '10',
      [
        ['综合眼科', '10'],
        ['视光科', '10'],
      ],
    ],
    ['耳鼻咽喉科', '11', [['耳鼻咽喉综合科', '11']]],
    [
      '口腔科',
      '12',
      [
        ['口腔内科', '12'],
        ['口腔颌面外科', '12'],
      ],
    ],
    ['皮肤科', '13', [['普通皮肤科', '13']]],
    ['感染科', '16', [['肝病科', '16']]],
    ['肿瘤科', '19', [['肿瘤内科', '19']]],
    [
      '急诊医学科',
      '20',
      [
        ['急诊内科', '20'],
        ['急诊外科', '20'],
      ],
    ],
    ['康复医学科', '21', [['康复治疗科', '21']]],
    ['疼痛科', '27', [['疼痛诊疗科', '27']]],
    [
      '中医科',
      '50',
      [
        ['中医内科', '50'],
        ['针灸推拿科', '50'],
      ],
    ],
    ['全科医疗科', '02', [['全科门诊', '02']]],
  ],
  secondary: [
    ['内科', '03', INTERNAL_MEDICINE],
    [
      '外科',
      '04',
      [
        ['普通外科', '04.01'],
        ['骨科', '04.03'],
        ['泌尿外科', '04.04'],
      ],
    ],
    ['妇产科', '05', [['妇科', '05']]],
    ['儿科', '07', [['儿内科', '07']]],
    ['眼科', '10', [['综合眼科', '10']]],
    ['耳鼻咽喉科', '11', [['耳鼻咽喉综合科', '11']]],
    ['口腔科', '12', [['口腔综合科', '12']]],
    ['皮肤科', '13', [['普通皮肤科', '13']]],
    ['急诊医学科', '20', [['急诊科', '20']]],
    ['康复医学科', '21', [['康复治疗科', '21']]],
    ['中医科', '50', [['中医内科', '50']]],
    ['全科医疗科', '02', [['全科门诊', '02']]],
  ],
  chinese: [
    [
      '中医科',
      '50',
      [
        ['中医内科', '50'],
        ['中医外科', '50'],
        ['中医妇科', '50'],
        ['中医儿科', '50'],
        ['中医骨伤科', '50'],
        ['针灸科', '50'],
        ['推拿科', '50'],
        ['肛肠科', '50'],
        ['中医脾胃病科', '50'],
        ['治未病科', '50'],
      ],
    ],
    ['中西医结合科', '52', [['中西医结合内科', '52']]],
    [
      '内科',
      '03',
      [
        ['心血管内科', '03.04'],
        ['神经内科', '03.03'],
        ['内分泌科', '03.07'],
      ],
    ],
    ['外科', '04', [['普通外科', '04.01']]],
    ['康复医学科', '21', [['中医康复科', '21']]],
    ['口腔科', '12', [['口腔综合科', '12']]],
    ['皮肤科', '13', [['普通皮肤科', '13']]],
    ['急诊医学科', '20', [['急诊科', '20']]],
  ],
  mental: [
    [
      '精神科',
      '15',
      [
        ['普通精神科', '15'],
        ['老年精神科', '15'],
        ['儿童青少年心理科', '15'],
        ['临床心理科', '15'],
        ['睡眠医学科', '15'],
        ['成瘾医学科', '15'],
      ],
    ],
    ['内科', '03', [['综合内科', '03']]],
    ['康复医学科', '21', [['精神康复科', '15']]],
  ],
  centre: [
    [
      '全科医疗科',
      '02',
      [
        ['全科门诊', '02'],
        ['家庭医生门诊', '02'],
      ],
    ],
    ['中医科', '50', [['中医全科门诊', '50']]],
    ['预防保健科', '01', [['预防接种门诊', '01']]],
    ['妇女保健科', '06', [['妇女保健门诊', '06']]],
    ['儿童保健科', '09', [['儿童保健门诊', '09']]],
    ['口腔科', '12', [['口腔综合科', '12']]],
    ['康复医学科', '21', [['社区康复门诊', '21']]],
  ],
};

/** Where an emergency department stands is no matter of choice. */
const GROUND_FLOOR_SUBJECTS = new Set(['20', '01']);

/** The departments of one institution: every first-level department before those beneath it. */
export function departmentsOf(
  institutionCode: string,
  plan: DepartmentPlan,
  random: Random,
): readonly Registration<'department'>[] {
  return PLANS[plan].flatMap(([name, subject, children]) => {
    const code = `D${subject}`;
    const location = locationOf(subject, plan, random);
    const parent = { name, level: 1 as const, parentCode: null, subjectCode: subject, location };
    return [
      { institutionCode, code, details: { ...parent, introduction: `${name}开展常见病诊疗和健康指导。` } },
      ...children.map(([childName, childSubject], index) => ({
        institutionCode,
        code: `${code}_${String(index + 1).padStart(2, '0')}`,
        details: {
          name: childName,
          level: 2 as const,
          parentCode: code,
          subjectCode: childSubject,
          location: `${location}${index + 1}诊区`,
          introduction: `${childName}隶属${name}，周一至周五开诊，节假日安排以公告为准。`,
        },
      })),
    ];
  });
}

function locationOf(subject: string, plan: DepartmentPlan, random: Random): string {
  if (GROUND_FLOOR_SUBJECTS.has(subject)) return '门诊楼1层';
  return `门诊楼${1 + random.below(plan === 'centre' ? 2 : 5)}层`;
}
