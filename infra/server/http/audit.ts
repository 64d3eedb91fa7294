import type { AuditLog } from '@qingpu/crypto/audit-log';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../access/principal.ts';
import { opaquePart } from './opaque.ts';

/** Writes the one audit entry of a request: who did what to which record, and how it ended. @throws AuditUnavailable */
export async function auditRequest(audit: AuditLog, request: FastifyRequest, outcome: number): Promise<void> {
  await auditTarget(audit, request, targetOf(request), outcome);
}

/**
 * Writes one more entry of a request, for a record that it shows and that its route does not name: by its opaque id.
 * @throws AuditUnavailable
 */
export async function auditTarget(
  audit: AuditLog,
  request: FastifyRequest,
  target: string,
  outcome: number,
): Promise<void> {
  const route = request.routeOptions.url ?? '(unknown)';
  await audit.append({
    requestId: request.id,
    actor: auditActor(request.principal),
    action: `${request.method} ${route}`.slice(0, 200),
    target,
    ...(request.auditPurpose !== undefined && { purpose: request.auditPurpose }),
    outcome,
  });
}

/** Entries that are written side by side: fewer than may wait for the disk. */
const SIDE_BY_SIDE = 500;

/** Writes one more entry for each person whose record a successful answer shows. @throws AuditUnavailable */
export async function auditPersons(
  audit: AuditLog,
  request: FastifyRequest,
  shown: readonly { readonly personId: string }[],
): Promise<void> {
  const persons = [...new Set(shown.map(({ personId }) => personId))];
  for (let start = 0; start < persons.length; start += SIDE_BY_SIDE)
    await Promise.all(
      persons
        .slice(start, start + SIDE_BY_SIDE)
        .map((personId) => auditTarget(audit, request, personId, 200)),
    );
}

/** The audit log takes no control characters, and a line break in a purpose is no reason to refuse. */
export function onOneLine(text: string): string {
  return text.replaceAll(/\p{Cc}+/gu, ' ');
}

function auditActor(principal: Principal) {
  if (principal.kind === 'visitor') return { kind: 'visitor', id: '-', role: '-' };
  return {
    kind: principal.kind,
    id: principal.id,
    role: 'role' in principal ? principal.role : principal.kind,
    ...('institutionCode' in principal &&
      principal.institutionCode !== null && { institutionCode: principal.institutionCode }),
  };
}

/** The record named by the route's parameters: public codes and opaque ids; anything else is not written down. */
function targetOf({ params }: FastifyRequest): string {
  const parts = Object.values((params ?? {}) as Readonly<Record<string, unknown>>).map(opaquePart);
  return parts.length === 0 ? '-' : parts.join('/').slice(0, 200);
}
