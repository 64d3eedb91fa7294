import { useId } from 'react';
import { FieldControl } from './FieldControl.tsx';
import { type Field, pointerOf } from './fields.ts';
import { type Values, valueAt } from './values.ts';

interface FieldRowProps {
  readonly field: Field;
  readonly institution: string;
  readonly values: Values;
  readonly error: string | undefined;
  readonly onChange: (field: Field, value: unknown) => void;
  readonly onLeave: (field: Field) => void;
}

/** One field: label above, control, help under it, the error beside it. */
export function FieldRow({ field, institution, values, error, onChange, onLeave }: FieldRowProps) {
  const id = useId();
  const group = field.control.type === 'yesNo' || field.control.type === 'level';
  const wide = field.control.type === 'longText';
  return (
    <div className={wide ? 'field wide' : 'field'} data-pointer={pointerOf(field)}>
      {group ? <span id={`${id}-label`}>{label(field)}</span> : <label htmlFor={id}>{label(field)}</label>}
      <FieldControl
        id={id}
        control={field.control}
        institution={institution}
        value={valueAt(values, field.path)}
        onChange={(value) => onChange(field, value)}
        onLeave={() => onLeave(field)}
        describedBy={`${id}-help ${id}-error`}
        invalid={error !== undefined}
      />
      <p id={`${id}-help`} className="field-help">
        {field.help}
      </p>
      <p id={`${id}-error`} className="field-error" role={error ? 'alert' : undefined}>
        {error}
      </p>
    </div>
  );
}

function label(field: Field): string {
  return field.required ? field.label : `${field.label}（选填）`;
}
