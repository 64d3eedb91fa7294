import type { FieldErrors } from '@qingpu/mfe-kit/schema';
import { Button } from 'antd';
import { type ReactNode, useEffect, useRef } from 'react';
import { FieldRow } from './FieldRow.tsx';
import { type Field, pointerOf } from './fields.ts';
import type { Values } from './values.ts';

interface EntryFormProps {
  readonly label: string;
  readonly fields: readonly Field[];
  readonly institution: string;
  readonly values: Values;
  readonly errors: FieldErrors;
  /** How often the form was refused. */
  readonly refusals: number;
  readonly busy: boolean;
  readonly submitText: string;
  readonly onChange: (field: Field, value: unknown) => void;
  /** The person has left a field. */
  readonly onLeaveField: (field: Field) => void;
  readonly onSubmit: () => void;
  readonly onCancel: () => void;
  /** Stands above the fields. */
  readonly children?: ReactNode;
}

export function EntryForm(props: EntryFormProps) {
  const { label, fields, institution, values, errors, busy, submitText, children } = props;
  const form = useRef<HTMLFormElement>(null);
  useFocusOnFault(form, props.refusals);
  const known = new Set(fields.map(pointerOf));
  const others = Object.entries(errors).filter(([pointer]) => !known.has(pointer));
  return (
    <form
      ref={form}
      className="panel entry-form"
      aria-label={label}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        props.onSubmit();
      }}
    >
      {children}
      <div className="fields">
        {fields.map((field) => (
          <FieldRow
            key={pointerOf(field)}
            field={field}
            institution={institution}
            values={values}
            error={errors[pointerOf(field)]}
            onChange={props.onChange}
            onLeave={props.onLeaveField}
          />
        ))}
      </div>
      {others.map(([pointer, detail]) => (
        <p key={pointer} className="field-error" role="alert">
          {detail}
        </p>
      ))}
      <div className="form-actions">
        <Button type="primary" htmlType="submit" loading={busy}>
          {submitText}
        </Button>
        <Button onClick={props.onCancel}>取消</Button>
      </div>
    </form>
  );
}

/** After a refusal the first field in question gets the focus; a fault found while typing never moves it. */
function useFocusOnFault(form: React.RefObject<HTMLFormElement | null>, refusals: number): void {
  useEffect(() => {
    if (refusals > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [refusals, form]);
}
