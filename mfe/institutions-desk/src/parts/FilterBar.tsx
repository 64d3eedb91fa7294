import { DOCTOR_TITLES } from '@qingpu/contracts/codes/directory-tables';
import { STATUS_NAMES } from '@qingpu/contracts/http/institutions';
import type { Kind } from '@qingpu/mfe-kit/directory';
import { ALL, Choice, optionsOf, TextFilter } from '@qingpu/mfe-kit/react/filters.tsx';
import { useDesk } from '../data/desk-context.tsx';
import { ownInstitution } from '../data/permissions.ts';
import { useOptions } from '../data/use-options.ts';

export interface Filters {
  readonly q: string;
  readonly institution: string;
  readonly status: string;
  readonly title: string;
  readonly expert: string;
  readonly category: string;
}

interface FilterBarProps {
  readonly kind: Kind;
  readonly filters: Filters;
  readonly onChange: (change: Partial<Filters>) => void;
}

const STATUSES = [...optionsOf(STATUS_NAMES), { value: 'all', label: '全部' }];
const TITLES = [ALL, ...optionsOf(DOCTOR_TITLES)];
const EXPERT = [ALL, { value: 'true', label: '是' }, { value: 'false', label: '否' }];
// The first letter of the category tells hospitals from community health centres (WS 218-2002).
const CATEGORIES = [ALL, { value: 'A', label: '医院' }, { value: 'B', label: '社区卫生服务中心' }];

export function FilterBar({ kind, filters, onChange }: FilterBarProps) {
  const { shell } = useDesk();
  const oneInstitution = kind === 'institution' || ownInstitution(shell.session) !== undefined;
  return (
    <search className="filters" aria-label="筛选">
      <TextFilter
        key={kind}
        label="搜索"
        placeholder="名称、拼音首字母或编码"
        value={filters.q}
        onChange={(q) => onChange({ q })}
      />
      {!oneInstitution && (
        <InstitutionFilter
          value={filters.institution}
          onChange={(institution) => onChange({ institution })}
        />
      )}
      {kind === 'institution' && (
        <Choice
          label="类别"
          options={CATEGORIES}
          value={filters.category}
          onChange={(category) => onChange({ category })}
        />
      )}
      {kind === 'doctor' && (
        <>
          <Choice
            label="职称"
            options={TITLES}
            value={filters.title}
            onChange={(title) => onChange({ title })}
          />
          <Choice
            label="专家"
            options={EXPERT}
            value={filters.expert}
            onChange={(expert) => onChange({ expert })}
          />
        </>
      )}
      <Choice
        label="状态"
        options={STATUSES}
        value={filters.status}
        onChange={(status) => onChange({ status })}
      />
    </search>
  );
}

function InstitutionFilter({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const { value: institutions } = useOptions('institution');
  const options = [
    ALL,
    ...(institutions ?? []).map(({ value: code, label }) => ({
      value: code,
      label: label.split('（')[0] ?? label,
    })),
  ];
  return <Choice label="机构" options={options} value={value} onChange={onChange} wide />;
}
