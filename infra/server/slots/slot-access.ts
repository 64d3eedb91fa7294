import type { FastifyRequest } from 'fastify';
import type { Principal } from '../access/principal.ts';
import { HttpProblem } from '../http/http-problem.ts';

/** What may be done to the slots and bookings of an institution. */
export type SlotAction =
  /** Reads schedules with all their quotas, slots and bookings. */
  | 'readDesk'
  /** Suspends, substitutes, imports, announces, settles differences. */
  | 'manage'
  /** Books and cancels for others, and reports what became of a booking. */
  | 'serve'
  /** Black list, appeals and relief. */
  | 'judge'
  /** Reads what became of every slot; never a person. */
  | 'trace';

type StaffRole = Extract<Principal, { kind: 'staff' | 'resident' }>['role'];

const DISTRICT_WIDE: Readonly<Record<StaffRole, readonly SlotAction[]>> = {
  districtAdmin: ['readDesk', 'manage', 'serve', 'judge', 'trace'],
  regulator: ['trace'],
  // Coordinators find slots for their patients everywhere in the district.
  coordinator: ['readDesk', 'serve'],
  hospitalAdmin: [],
  resident: [],
};
const AT_OWN_INSTITUTION: Readonly<Record<StaffRole, readonly SlotAction[]>> = {
  districtAdmin: [],
  regulator: [],
  coordinator: [],
  hospitalAdmin: ['readDesk', 'manage', 'serve', 'judge', 'trace'],
  resident: [],
};

/** Whether the principal may do this to the slots of this institution. */
export function mayOnSlots(principal: Principal, action: SlotAction, institutionCode: string): boolean {
  return scopeOfSlots(principal, action, institutionCode) !== undefined;
}

/**
 * Where the principal may do this: everywhere (`all`), at one institution, or nowhere (undefined).
 * @param wanted narrows the scope to this institution
 */
export function scopeOfSlots(
  principal: Principal,
  action: SlotAction,
  wanted?: string,
): { readonly institution: string | undefined } | undefined {
  if (principal.kind === 'partner')
    return action === 'manage' && (wanted ?? principal.institutionCode) === principal.institutionCode
      ? { institution: principal.institutionCode }
      : undefined;
  if (principal.kind !== 'staff') return undefined;
  const { role, institutionCode } = principal;
  if (DISTRICT_WIDE[role].includes(action)) return { institution: wanted };
  const own = AT_OWN_INSTITUTION[role].includes(action) ? institutionCode : null;
  return own !== null && (wanted ?? own) === own ? { institution: own } : undefined;
}

/** @throws HttpProblem 403 when the principal may do this nowhere, or not at the institution wanted */
export function requireScope(
  { principal }: FastifyRequest,
  action: SlotAction,
  wanted?: string,
): { readonly institution: string | undefined } {
  const scope = scopeOfSlots(principal, action, wanted);
  if (!scope) throw new HttpProblem(403, 'forbidden', '您没有权限进行此操作，如有需要请联系管理员');
  return scope;
}

/** @throws HttpProblem 403 when a hospital's system speaks of another hospital's slots */
export function requireOwn({ principal }: FastifyRequest, institutionCodes: readonly string[]): void {
  if (institutionCodes.every((code) => mayOnSlots(principal, 'manage', code))) return;
  throw new HttpProblem(403, 'foreign-institution', '只能登记本机构的信息，请核对机构代码');
}

/** @throws HttpProblem 403 for everybody but the district's managers */
export function requireDistrict({ principal }: FastifyRequest): void {
  if (principal.kind === 'staff' && principal.role === 'districtAdmin') return;
  throw new HttpProblem(403, 'forbidden', '您没有权限进行此操作，如有需要请联系管理员');
}
