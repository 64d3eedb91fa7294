import type { DoctorTitle } from '@qingpu/contracts/codes/directory-tables';
import { DOCTOR_TITLES } from '@qingpu/contracts/codes/directory-tables';
import type { Registration } from '@qingpu/contracts/partners/hospital/registration';
import { type CertificateCategory, syntheticIdentity } from './codes.ts';
import type { InstitutionPlan } from './institutions.ts';
import { syntheticName } from './names.ts';
import { type Random, randomOf } from './random.ts';
import { subjectFacts } from './subjects.ts';

type Department = Registration<'department'>;
type Doctor = Registration<'doctor'>;

/** Ages are counted at this year, so that the district stays the same whenever it is made. */
const REFERENCE_YEAR = 2026;
const AGE_AT_FIRST_POST = 24;
const EMERGENCY = '20';

const MANNERS = [
  '接诊耐心细致，重视随访和健康教育。',
  '坚持规范诊疗，注重与患者沟通。',
  '具有丰富的临床经验，善于处理复杂病情。',
];
const COMMUNITY_MANNERS = [
  '熟悉社区居民健康状况，重视慢性病长期管理。',
  '热心服务居民，常年参与家庭医生签约与健康讲座。',
  '接诊耐心细致，重视随访和健康教育。',
];

/** Doctor `index` (from 0) of an institution; how many others there are makes no difference. */
export function doctorOf(
  seed: string,
  plan: InstitutionPlan,
  departments: readonly Department[],
  index: number,
): Doctor {
  const random = randomOf(`${seed}/${plan.code}/doctor/${index}`);
  const worksIn = departmentsFor(departments, index, random);
  const sex = random.chance(0.48) ? '1' : '2';
  const identity = syntheticIdentity(plan.index, index, sex, certificateCategory(worksIn[0]));
  const age = REFERENCE_YEAR - identity.birthYear;
  const title = titleAt(age, plan.hospital, random);
  return {
    institutionCode: plan.code,
    code: `DR${String(index + 1).padStart(5, '0')}`,
    details: {
      title,
      departmentCodes: worksIn.map((department) => department.code),
      expert: plan.hospital && worksIn[0].details.subjectCode !== EMERGENCY && isExpert(title, random),
    },
    person: {
      name: syntheticName(random, sex),
      sex,
      ...describe(worksIn[0], title, age, random.pick(plan.hospital ? MANNERS : COMMUNITY_MANNERS), random),
      residentId: identity.residentId,
      mobile: identity.mobile,
      certificateNumber: identity.certificateNumber,
    },
  };
}

/** The first doctors fill every department once; a few of the later ones also work next door. */
function departmentsFor(
  departments: readonly Department[],
  index: number,
  random: Random,
): readonly [Department, ...Department[]] {
  const second = departments.filter((department) => department.details.level === 2);
  const main = index < second.length ? second[index] : random.pick(second);
  if (!main) throw new RangeError('an institution has at least one second-level department');
  const neighbours = second.filter(
    ({ code, details }) => code !== main.code && details.parentCode === main.details.parentCode,
  );
  const alsoIn = random.chance(0.1) && neighbours.length > 0 ? [random.pick(neighbours)] : [];
  return [main, ...alsoIn];
}

function titleAt(age: number, hospital: boolean, random: Random): DoctorTitle {
  if (age < 31) return '234';
  if (age < 38) return random.chance(0.8) ? '233' : '234';
  if (age < 46) return random.chance(hospital ? 0.6 : 0.3) ? '232' : '233';
  return random.chance(hospital ? 0.5 : 0.2) ? '231' : '232';
}

function isExpert(title: DoctorTitle, random: Random): boolean {
  if (title === '231') return random.chance(0.9);
  return title === '232' && random.chance(0.5);
}

function certificateCategory(department: Department): CertificateCategory {
  switch (department.details.subjectCode.slice(0, 2)) {
    case '12':
      return '120';
    case '01':
      return '130';
    case '50':
    case '52':
      return '141';
    default:
      return '110';
  }
}

function describe(department: Department, title: DoctorTitle, age: number, manner: string, random: Random) {
  const { details } = department;
  const years = age - AGE_AT_FIRST_POST;
  return {
    expertise: `${random.sample(subjectFacts(details).treats, 3).join('、')}。`,
    introduction: `${DOCTOR_TITLES[title]}，从事${details.name}工作${years}年。${manner}（演示数据）`,
  };
}
