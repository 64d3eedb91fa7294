import { Input, Select } from 'antd';
import { useOptions } from '../data/use-options.ts';

interface KeyFieldProps {
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (value: string) => void;
}

export function CodeField({
  label,
  help,
  value,
  error,
  onChange,
  onLeave,
}: KeyFieldProps & { label: string; help: string; onLeave: () => void }) {
  return (
    <div className="field">
      <label htmlFor="entry-code">{label}</label>
      <Input
        id="entry-code"
        value={value}
        status={error ? 'error' : ''}
        aria-invalid={error !== undefined}
        aria-describedby="entry-code-help entry-code-error"
        onChange={(event) => onChange(event.target.value.trim())}
        onBlur={onLeave}
      />
      <p id="entry-code-help" className="field-help">
        {help}
      </p>
      <p id="entry-code-error" className="field-error" role={error ? 'alert' : undefined}>
        {error}
      </p>
    </div>
  );
}

export function InstitutionField({ value, error, onChange }: KeyFieldProps) {
  const { value: options, loading } = useOptions('institution');
  return (
    <div className="field">
      <label htmlFor="entry-institution">机构</label>
      <Select
        id="entry-institution"
        value={value || null}
        loading={loading}
        placeholder="请选择"
        showSearch={{ optionFilterProp: 'label' }}
        status={error ? 'error' : ''}
        aria-invalid={error !== undefined}
        aria-describedby="entry-institution-error"
        options={[...(options ?? [])]}
        onChange={onChange}
      />
      <p className="field-help" />
      <p id="entry-institution-error" className="field-error" role={error ? 'alert' : undefined}>
        {error}
      </p>
    </div>
  );
}
