import { clinicalSubjectName } from '@qingpu/contracts/codes/clinical-subjects';
import {
  CHANNEL_KINDS,
  CLINIC_KINDS,
  DOCTOR_TITLES,
  INSTITUTION_GRADES,
  INTERNET_SERVICES,
  SLOT_MODES,
} from '@qingpu/contracts/codes/directory-tables';
import type { DirectoryEntry } from '@qingpu/contracts/http/institutions';
import type { Kind } from '@qingpu/mfe-kit/directory';
import { formatCalendarDate, formatFee, formatMoment } from '@qingpu/mfe-kit/format';
import type { TableColumnsType } from 'antd';
import { Link } from 'react-router';
import { entryAddress } from '../data/kinds.ts';
import { StatusTag } from './StatusTag.tsx';

type Columns<K extends Kind> = TableColumnsType<DirectoryEntry<K>>;
type Own = { readonly [K in Kind]: Columns<K> };

const fee = (entry: { details: { feeFen: number } }) => formatFee(entry.details.feeFen);
const clinicColumns = [
  { title: '科室', dataIndex: 'departmentName' },
  {
    title: '出诊医生',
    render: (_: unknown, entry: { doctorName: string | null }) => entry.doctorName ?? '—',
  },
];
const feeColumn = {
  title: '费用',
  align: 'right' as const,
  render: (_: unknown, entry: Parameters<typeof fee>[0]) => fee(entry),
};

/** The columns that only one kind has. */
const OWN: Own = {
  institution: [
    { title: '类别', dataIndex: 'categoryName' },
    { title: '等级', render: (_, entry) => INSTITUTION_GRADES[entry.details.grade] },
    { title: '号源模式', render: (_, entry) => SLOT_MODES[entry.details.slotMode] },
    { title: '服务电话', render: (_, entry) => entry.details.phone },
  ],
  department: [
    { title: '级别', render: (_, entry) => (entry.details.level === 1 ? '一级科室' : '二级科室') },
    { title: '上级科室', render: (_, entry) => entry.parentName ?? '—' },
    {
      title: '诊疗科目',
      render: (_, entry) => clinicalSubjectName(entry.details.subjectCode) ?? entry.details.subjectCode,
    },
  ],
  doctor: [
    { title: '职称', render: (_, entry) => DOCTOR_TITLES[entry.details.title] },
    { title: '科室', render: (_, entry) => entry.departmentNames.join('、') },
    { title: '专家', render: (_, entry) => (entry.details.expert ? '是' : '否') },
  ],
  clinic: [
    ...clinicColumns,
    { title: '类型', render: (_, entry) => CLINIC_KINDS[entry.details.kind] },
    feeColumn,
  ],
  internetClinic: [
    ...clinicColumns,
    {
      title: '服务方式',
      render: (_, entry) => entry.details.services.map((service) => INTERNET_SERVICES[service]).join('、'),
    },
    feeColumn,
  ],
  channel: [
    { title: '类型', render: (_, entry) => CHANNEL_KINDS[entry.details.kind] },
    { title: '预付', render: (_, entry) => (entry.details.prepaid ? '是' : '否') },
  ],
  bookingRule: [
    { title: '版本', render: (_, entry) => `第${entry.ruleVersion}版` },
    { title: '备案号', dataIndex: 'filingNumber' },
    { title: '生效日期', render: (_, entry) => formatCalendarDate(entry.details.effectiveFrom) },
  ],
};

/** The columns of a kind's table: name, institution, what is its own, status, time of the last change. */
export function columnsOf<K extends Kind>(kind: K): Columns<K> {
  const institution: Columns<K> =
    kind === 'institution' ? [] : [{ title: '机构', render: (_, entry) => entry.institutionName }];
  return [
    {
      title: '名称',
      render: (_, entry) => <Link to={entryAddress(kind, entry)}>{entry.name || '（已注销）'}</Link>,
    },
    { title: '编码', render: (_, entry) => entry.code },
    ...institution,
    ...OWN[kind],
    { title: '状态', render: (_, entry) => <StatusTag status={entry.status} /> },
    { title: '最近变更', render: (_, entry) => formatMoment(entry.updatedAt) },
  ];
}
