import type { Principal } from '../access/principal.ts';
import type { OpenSession } from '../access/session-store.ts';

/** What the server found out about a request on its way in, and what the audit log should say of it. */
declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal;
    session: OpenSession | undefined;
    /** The body's bytes as sent, for signatures. */
    rawBody?: Buffer;
    auditPurpose: string | undefined;
    startedAt: number;
    /** Takes the request out of the count of those under way, for answers that stay open. */
    leaveLoad: (() => void) | undefined;
  }
}

export const SESSION_COOKIE = 'qingpu_session';
export const CSRF_HEADER = 'x-csrf-token';

/** Form of an Idempotency-Key: UUIDs and other opaque keys. */
export const IDEMPOTENCY_KEY_FORM = /^[A-Za-z0-9_-]{8,100}$/;
