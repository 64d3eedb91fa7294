import { institutionCodeSchema, localCodeSchema } from '@qingpu/contracts/events/institutions';
import { changeSchemas } from '@qingpu/contracts/http/institutions';
import type { Kind } from '@qingpu/mfe-kit/directory';
import { type FieldErrors, faultsOf } from '@qingpu/mfe-kit/schema';
import { type Field, pointerOf } from './fields.ts';
import type { Values } from './values.ts';

/** The faults shown, with one field judged anew by its schema; the others stay as they are. */
export function recheck(shown: FieldErrors, kind: Kind, values: Values, field: Field): FieldErrors {
  const pointer = pointerOf(field);
  const { [pointer]: _before, ...others } = shown;
  const fault = faultsOf<unknown>(changeSchemas[kind], values)[pointer];
  return fault === undefined ? others : { ...others, [pointer]: fault };
}

export function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === '';
}

/** Faults of what a new entry is called by. */
export interface KeyFaults {
  readonly institution?: string;
  readonly code?: string;
}

export function keyFaults(kind: Kind, institution: string, code: string): KeyFaults {
  const institutionFault = faultsOf(institutionCodeSchema, institution)[''];
  const codeFault = kind === 'institution' ? undefined : faultsOf(localCodeSchema, code)[''];
  const noInstitution = kind === 'institution' ? institutionFault : institutionFault && '请选择机构';
  return {
    ...(noInstitution ? { institution: noInstitution } : {}),
    ...(codeFault ? { code: codeFault } : {}),
  };
}
