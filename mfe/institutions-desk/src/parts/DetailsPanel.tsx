import { clinicalSubjectName } from '@qingpu/contracts/codes/clinical-subjects';
import { SEXES } from '@qingpu/contracts/codes/directory-tables';
import type { DirectoryEntry } from '@qingpu/contracts/http/institutions';
import { formatMoment } from '@qingpu/mfe-kit/format';
import { Descriptions } from 'antd';
import { displayValue } from '../form/display.ts';
import { FIELDS, type Field } from '../form/fields.ts';
import { valueAt } from '../form/values.ts';

interface Row {
  readonly label: string;
  readonly text: string;
}

/** Everything an entry says about itself, in the order of its form. */
export function DetailsPanel({ entry }: { entry: DirectoryEntry }) {
  const rows = [
    { label: '编码', text: entry.code },
    ...FIELDS[entry.kind].map((field) => rowOf(entry, field)),
    ...listingRows(entry),
    { label: '最近变更', text: formatMoment(entry.updatedAt) },
  ];
  return (
    <section className="panel" aria-label="基本信息">
      <Descriptions
        bordered
        column={2}
        size="small"
        styles={{ label: { width: 148 }, content: { width: '35%' } }}
        items={rows.map(({ label, text }) => ({ key: label, label, children: text }))}
      />
    </section>
  );
}

function rowOf(entry: DirectoryEntry, field: Field): Row {
  const name = field.path.at(-1) ?? '';
  const value = valueAt(entry, field.path);
  const shown = namesBehindCodes(entry)[name];
  return {
    label: field.label,
    text: shown === undefined ? displayValue(field.control, value) : (shown ?? '—'),
  };
}

/** Names for the codes that an entry refers to; null where it refers to nothing. */
function namesBehindCodes(entry: DirectoryEntry): Readonly<Record<string, string | null>> {
  switch (entry.kind) {
    case 'department':
      return {
        parentCode: entry.parentName,
        subjectCode: `${clinicalSubjectName(entry.details.subjectCode) ?? ''}（${entry.details.subjectCode}）`,
      };
    case 'doctor':
      return { departmentCodes: entry.departmentNames.join('、') };
    case 'clinic':
    case 'internetClinic':
      return { departmentCode: entry.departmentName, doctorCode: entry.doctorName };
    default:
      return {};
  }
}

function listingRows(entry: DirectoryEntry): Row[] {
  if (entry.kind !== 'doctor') return [];
  const { sex, expertise, introduction } = entry.listing;
  return [
    { label: '性别', text: SEXES[sex as keyof typeof SEXES] ?? '—' },
    { label: '擅长', text: expertise || '—' },
    { label: '简介', text: introduction || '—' },
  ];
}
