import { clinicalSubjects } from '@qingpu/contracts/codes/clinical-subjects';
import { Input, InputNumber, Radio, Select } from 'antd';
import { useOptions } from '../data/use-options.ts';
import type { Control } from './fields.ts';

export interface FieldControlProps {
  readonly id: string;
  readonly control: Control;
  readonly institution: string;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  readonly onLeave: () => void;
  /** Ids of help and error, and whether there is an error, for screen readers. */
  readonly describedBy: string;
  readonly invalid: boolean;
}

const SUBJECTS = clinicalSubjects().map(({ code, name }) => ({ value: code, label: `${code} ${name}` }));
const FEN_A_YUAN = 100;

/** The control of one field. Values go in and out as the request's body has them: fen, codes, null for nothing. */
export function FieldControl(props: FieldControlProps) {
  const { control, value, onChange, onLeave, id, describedBy, invalid } = props;
  const common = { id, 'aria-describedby': describedBy, 'aria-invalid': invalid, onBlur: onLeave };
  const status = invalid ? ('error' as const) : ('' as const);
  const text = typeof value === 'string' ? value : '';
  switch (control.type) {
    case 'text':
      return (
        <Input {...common} status={status} value={text} onChange={(event) => onChange(event.target.value)} />
      );
    case 'longText':
      return (
        <Input.TextArea
          {...common}
          status={status}
          value={text}
          rows={4}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case 'date':
      return (
        <Input
          {...common}
          type="date"
          status={status}
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case 'number':
      return <NumberControl {...props} unit={control.unit} scale={1} />;
    case 'fee':
      return <NumberControl {...props} unit="元" scale={FEN_A_YUAN} />;
    case 'yesNo':
      return (
        <YesNo
          {...props}
          options={[
            { value: true, label: '是' },
            { value: false, label: '否' },
          ]}
        />
      );
    case 'level':
      return (
        <YesNo
          {...props}
          options={[
            { value: 1, label: '一级科室' },
            { value: 2, label: '二级科室' },
          ]}
        />
      );
    case 'choice':
    case 'choices':
      return (
        <Select
          {...common}
          status={status}
          {...(control.type === 'choices' ? { mode: 'multiple' as const } : {})}
          value={value}
          placeholder="请选择"
          options={Object.entries(control.table).map(([code, label]) => ({ value: code, label }))}
          onChange={onChange}
        />
      );
    case 'subject':
      return (
        <Select
          {...common}
          status={status}
          showSearch={{ optionFilterProp: 'label' }}
          value={text || null}
          placeholder="请选择"
          options={SUBJECTS}
          onChange={onChange}
        />
      );
    default:
      return <ReferenceControl {...props} />;
  }
}

function NumberControl(props: FieldControlProps & { unit: string; scale: number }) {
  const { id, describedBy, invalid, value, onChange, onLeave, unit, scale } = props;
  return (
    <InputNumber
      id={id}
      aria-describedby={describedBy}
      aria-invalid={invalid}
      status={invalid ? 'error' : ''}
      suffix={unit}
      precision={scale === 1 ? 0 : 2}
      value={typeof value === 'number' ? value / scale : null}
      onBlur={onLeave}
      onChange={(entered) => onChange(entered === null ? undefined : Math.round(Number(entered) * scale))}
    />
  );
}

type YesNoProps = FieldControlProps & { readonly options: { value: boolean | number; label: string }[] };

function YesNo({ id, describedBy, value, onChange, options }: YesNoProps) {
  return (
    <Radio.Group
      id={id}
      aria-describedby={describedBy}
      aria-labelledby={`${id}-label`}
      value={value}
      options={options}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}

/** Departments and doctors are picked by name among those of the institution. */
function ReferenceControl({
  id,
  describedBy,
  invalid,
  control,
  institution,
  value,
  onChange,
  onLeave,
}: FieldControlProps) {
  const kind = control.type === 'optionalDoctor' ? 'doctor' : 'department';
  const { value: options, loading, problem } = useOptions(kind, institution);
  const several = control.type === 'departments';
  const optional = control.type === 'optionalDoctor' || control.type === 'parentDepartment';
  return (
    <Select
      id={id}
      aria-describedby={describedBy}
      aria-invalid={invalid}
      status={invalid ? 'error' : ''}
      {...(several ? { mode: 'multiple' as const } : {})}
      allowClear={optional}
      showSearch={{ optionFilterProp: 'label' }}
      loading={loading}
      value={value ?? undefined}
      placeholder={problem ? problem.detail : institution === '' ? '请先选择机构' : '请选择'}
      options={[...(options ?? [])]}
      onBlur={onLeave}
      onChange={(chosen) => onChange(chosen ?? null)}
    />
  );
}
