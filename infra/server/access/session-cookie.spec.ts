import type { FastifyReply } from 'fastify';
import { describe, expect, it } from 'vitest';
import { setSessionCookie } from './session-cookie.ts';

/** How the cookie of a session is set. */
function cookieOf(embedded: boolean, secure: boolean): unknown {
  const set: unknown[] = [];
  const reply = { setCookie: (...args: unknown[]) => set.push(args[2]) } as unknown as FastifyReply;
  const account = { accountId: 'a', displayName: '王**', role: 'resident', institutionCode: null } as const;
  const session = { token: 't', csrfToken: 'c', expiresAt: 0, account: { ...account, embedded } };
  setSessionCookie(reply, session, secure);
  return set[0];
}

describe('the cookie of a session', () => {
  it('is sent across sites only inside an app, only over HTTPS, and then kept apart for its site', () => {
    expect(cookieOf(true, true)).toMatchObject({
      sameSite: 'none',
      partitioned: true,
      secure: true,
      httpOnly: true,
    });
    for (const [embedded, secure] of [
      [true, false],
      [false, true],
      [false, false],
    ] as const) {
      const cookie = cookieOf(embedded, secure);
      expect(cookie).toMatchObject({ sameSite: 'lax', secure, httpOnly: true });
      expect(cookie).not.toHaveProperty('partitioned');
    }
  });
});
