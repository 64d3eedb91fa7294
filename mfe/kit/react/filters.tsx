import { Input, Select } from 'antd';
import { useEffect, useId, useState } from 'react';

export interface Option {
  readonly value: string;
  readonly label: string;
}

export const ALL: Option = { value: '', label: '全部' };

/** A code table as options, in its own order. */
export function optionsOf(table: Readonly<Record<string, string>>): readonly Option[] {
  return Object.entries(table).map(([value, label]) => ({ value, label }));
}

interface FilterProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

interface TextFilterProps extends FilterProps {
  readonly placeholder: string;
}

/** Searches when the person presses Enter or the button: nothing moves while typing. */
export function TextFilter({ label, value, placeholder, onChange }: TextFilterProps) {
  const id = useId();
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  return (
    <div className="filter wide">
      <label htmlFor={id}>{label}</label>
      <Input.Search
        id={id}
        value={text}
        placeholder={placeholder}
        allowClear
        maxLength={40}
        enterButton="查询"
        onChange={(event) => setText(event.target.value)}
        onSearch={(wanted) => onChange(wanted.trim())}
      />
    </div>
  );
}

interface ChoiceProps extends FilterProps {
  readonly options: readonly Option[];
  /** Room for long labels, and a search in them. */
  readonly wide?: boolean;
}

export function Choice({ label, options, value, onChange, wide = false }: ChoiceProps) {
  const id = useId();
  return (
    <div className={wide ? 'filter wide' : 'filter'}>
      <label htmlFor={id}>{label}</label>
      <Select
        id={id}
        value={value}
        options={[...options]}
        onChange={onChange}
        showSearch={wide ? { optionFilterProp: 'label' } : false}
      />
    </div>
  );
}

/** A calendar date, YYYY-MM-DD; the browser's own picker. */
export function DateFilter({ label, value, onChange }: FilterProps) {
  const id = useId();
  return (
    <div className="filter">
      <label htmlFor={id}>{label}</label>
      <Input id={id} type="date" value={value} onChange={(event) => onChange(event.target.value)} />
    </div>
  );
}
