import '@fastify/cookie';
import type { FastifyReply } from 'fastify';
import { SESSION_COOKIE } from '../http/request-context.ts';
import type { OpenSession } from './session-store.ts';

/**
 * Hands the browser its session. In a frame of another site only a cookie that is sent across sites comes back; it is
 * kept apart for that site (partitioned), so that it opens nothing elsewhere, and writing wants the token in a header.
 */
export function setSessionCookie(
  reply: FastifyReply,
  { token, expiresAt, account }: OpenSession & { readonly token: string },
  secure: boolean,
): void {
  const acrossSites = secure && account.embedded === true;
  reply.setCookie(SESSION_COOKIE, token, {
    path: '/',
    httpOnly: true,
    sameSite: acrossSites ? 'none' : 'lax',
    secure,
    ...(acrossSites && { partitioned: true }),
    expires: new Date(expiresAt),
  });
}
