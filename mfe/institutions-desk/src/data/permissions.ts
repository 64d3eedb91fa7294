import type { Session } from '@qingpu/contracts/http/session';
import type { Kind } from '@qingpu/mfe-kit/directory';

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

/** The only institution whose records the person works with; undefined for the whole district. */
export function ownInstitution(session: Session | null): string | undefined {
  return session?.role === 'hospitalAdmin' ? (session.institutionCode ?? undefined) : undefined;
}
