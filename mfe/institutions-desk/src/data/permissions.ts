import type { Role, Session } from '@qingpu/contracts/http/session';
import type { Kind } from '@qingpu/mfe-kit/directory';

const ANALYSTS = ['districtAdmin', 'hospitalAdmin', 'regulator'] as const satisfies readonly Role[];

/**
 * What to offer to a role. The server decides what it may do; hiding only spares people refusals.
 * The district's administrator acts everywhere, a hospital's within the own institution, all others read.
 */
export function mayChange(session: Session | null, institutionCode: string): boolean {
  if (session?.role === 'districtAdmin') return true;
  return session?.role === 'hospitalAdmin' && session.institutionCode === institutionCode;
}

export function mayErase(session: Session | null): boolean {
  return session?.role === 'districtAdmin';
}

/** New institutions are the district's business; everything within one is its own as well. */
export function mayCreate(session: Session | null, kind: Kind): boolean {
  if (session?.role === 'districtAdmin') return true;
  return session?.role === 'hospitalAdmin' && kind !== 'institution';
}

/** What happened to an entry and what was filed before: those who supervise it, and its own hospital. */
export function mayReadHistory(session: Session | null, institutionCode: string): boolean {
  return session?.role === 'regulator' || mayChange(session, institutionCode);
}

export function mayReadAnalysis(session: Session | null): boolean {
  return ANALYSTS.some((role) => role === session?.role);
}

/** The only institution whose records the person works with; undefined for the whole district. */
export function ownInstitution(session: Session | null): string | undefined {
  return session?.role === 'hospitalAdmin' ? (session.institutionCode ?? undefined) : undefined;
}
