import { formatCalendarDate, formatFee } from '@qingpu/mfe-kit/format';
import type { Control } from './fields.ts';

const NOTHING = '—';

/** A field's value as people read it. */
export function displayValue(control: Control, value: unknown): string {
  if (value === undefined || value === null || value === '') return NOTHING;
  switch (control.type) {
    case 'fee':
      return formatFee(Number(value));
    case 'yesNo':
      return value ? '是' : '否';
    case 'level':
      return value === 1 ? '一级科室' : '二级科室';
    case 'date':
      return formatCalendarDate(String(value));
    case 'number':
      return control.unit === '%' ? `${value}%` : `${value} ${control.unit}`;
    case 'choice':
    case 'choices':
      return [value]
        .flat()
        .map((code) => control.table[String(code)] ?? String(code))
        .join('、');
    default:
      return [value].flat().join('、');
  }
}
