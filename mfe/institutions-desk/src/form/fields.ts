import {
  CHANNEL_KINDS,
  CLINIC_KINDS,
  DOCTOR_TITLES,
  INSTITUTION_GRADES,
  INTERNET_SERVICES,
  SEXES,
  SLOT_MODES,
} from '@qingpu/contracts/codes/directory-tables';
import { FIELD_LABELS } from '@qingpu/contracts/http/institutions';
import type { Kind } from '@qingpu/mfe-kit/directory';

type Table = Readonly<Record<string, string>>;

/** How a field is entered. `department` and `doctor` are chosen among the entries of the same institution. */
export type Control =
  | { readonly type: 'text' | 'longText' | 'fee' | 'yesNo' | 'date' | 'optionalDoctor' }
  | { readonly type: 'department' | 'departments' | 'parentDepartment' }
  | { readonly type: 'number'; readonly unit: string }
  | { readonly type: 'choice' | 'choices'; readonly table: Table }
  | { readonly type: 'level' | 'subject' };

export interface Field {
  /** Path in the request's body. */
  readonly path: readonly string[];
  readonly label: string;
  readonly control: Control;
  readonly help?: string;
  readonly required: boolean;
}

interface Extra {
  readonly help?: string;
  readonly optional?: boolean;
}

function details(name: string, control: Control, extra: Extra = {}): Field {
  return field(['details', ...name.split('.')], FIELD_LABELS[name] ?? name, control, extra);
}

function person(name: string, control: Control, extra: Extra = {}): Field {
  return field(['person', name], name === 'name' ? '姓名' : (FIELD_LABELS[name] ?? name), control, extra);
}

function field(path: readonly string[], label: string, control: Control, extra: Extra): Field {
  const help = extra.help === undefined ? {} : { help: extra.help };
  return { path, label, control, required: extra.optional !== true, ...help };
}

const text: Control = { type: 'text' };
const longText: Control = { type: 'longText' };
const choice = (table: Table): Control => ({ type: 'choice', table });
const number = (unit: string): Control => ({ type: 'number', unit });
const introduction = details('introduction', longText, {
  optional: true,
  help: '面向居民展示，最长1000个字。',
});
const clinicPlace = [
  details('departmentCode', { type: 'department' }),
  details('doctorCode', { type: 'optionalDoctor' }, { optional: true, help: '不固定医生的门诊可不填。' }),
];

/** The fields of each kind in the order of its form. */
export const FIELDS: { readonly [K in Kind]: readonly Field[] } = {
  institution: [
    details('name', text),
    details('shortName', text, { help: '用于手机页面和列表，最长20个字。' }),
    details('uscc', text, { help: '18位，第9至17位与机构代码前9位一致。' }),
    details('grade', choice(INSTITUTION_GRADES)),
    details('slotMode', choice(SLOT_MODES), { help: '托管：号源由平台管理；资源共享：实时向医院查询。' }),
    details('address', text),
    details('phone', text, { help: '对外服务电话，例如 021-69719190。' }),
    introduction,
    details('example', { type: 'yesNo' }, { help: '仅用于演示的机构请选“是”。' }),
  ],
  department: [
    details('name', text),
    details('level', { type: 'level' }),
    details(
      'parentCode',
      { type: 'parentDepartment' },
      { optional: true, help: '二级科室必填，一级科室不填。' },
    ),
    details('subjectCode', { type: 'subject' }, { help: '可按名称或代码查找，例如心血管内科或 03.04。' }),
    details('location', text, { optional: true }),
    introduction,
  ],
  doctor: [
    details('title', choice(DOCTOR_TITLES)),
    details('departmentCodes', { type: 'departments' }),
    details('expert', { type: 'yesNo' }, { help: '选“是”后会出现在居民端的专家列表。' }),
  ],
  clinic: [
    details('name', text),
    ...clinicPlace,
    details('kind', choice(CLINIC_KINDS)),
    details('feeFen', { type: 'fee' }),
    details('location', text, { help: '就诊地点，例如门诊楼3层A区。' }),
  ],
  internetClinic: [
    details('name', text),
    ...clinicPlace,
    details('services', { type: 'choices', table: INTERNET_SERVICES }),
    details('feeFen', { type: 'fee' }),
    details('licence', text, { help: '互联网医院执业许可证号。' }),
  ],
  channel: [
    details('name', text),
    details('kind', choice(CHANNEL_KINDS)),
    details('prepaid', { type: 'yesNo' }, { help: '预约时是否收取费用。' }),
  ],
  bookingRule: [
    details('name', text),
    details('clinicKind', choice({ all: '全部门诊', ...CLINIC_KINDS })),
    details('effectiveFrom', { type: 'date' }, { help: '新版本从这一天起生效。' }),
    details('intervalMinutes', number('分钟')),
    details('horizonDays', number('天'), { help: '居民最多可提前多少天预约。' }),
    details('releaseTime', text, { help: '每天放号的时间，例如 07:00。' }),
    details('cancelDaysBefore', number('天'), { help: '0 表示就诊当天也可退号。' }),
    details('cancelTime', text, { help: '退号截止的时间，例如 24:00。' }),
    details('noShowCount', number('次')),
    details('noShowWindowDays', number('天')),
    details('noShowSuspendDays', number('天')),
    details('perDepartmentDay', number('个')),
    details('perDoctorDay', number('个')),
    details('departmentsPerDay', number('个')),
    details('checkInMinutesBefore', number('分钟')),
    details('checkInMinutesAfter', number('分钟')),
    details('holdMinutes', number('分钟')),
    details('communityExtraDays', number('天'), { help: '社区比公众渠道提前开放的天数。' }),
    details('quotaPercent.referral', number('%')),
    details('quotaPercent.community', number('%')),
    details('quotaPercent.contracted', number('%')),
    details('quotaPercent.public', number('%'), { help: '四类占比之和须为100。' }),
  ],
};

/** A doctor's own data; kept out of drafts and out of the form until someone means to change them. */
export const PERSON_FIELDS: readonly Field[] = [
  person('name', text),
  person('sex', choice(SEXES)),
  person('residentId', text, { help: '18位居民身份证号。' }),
  person('mobile', text, { help: '11位手机号。' }),
  person('certificateNumber', text, { help: '15位数字。' }),
  person('expertise', longText, { optional: true, help: '面向居民展示，最长300个字。' }),
  person('introduction', longText, { optional: true, help: '面向居民展示，最长1000个字。' }),
];

/** The JSON pointer of a field, as problems name it. */
export function pointerOf(field: Pick<Field, 'path'>): string {
  return `/${field.path.join('/')}`;
}
