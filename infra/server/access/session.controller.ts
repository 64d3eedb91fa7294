import { Body, Controller, Delete, Get, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  currentSessionSchema,
  developmentAccountsSchema,
  ROLES,
  type Session,
  sessionSchema,
  signInSchema,
} from '@qingpu/contracts/http/session';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { HttpProblem } from '../http/http-problem.ts';
import { SESSION_COOKIE } from '../http/request-context.ts';
import type { Platform } from '../platform.ts';
import { PLATFORM } from '../tokens.ts';
import { ForEveryone } from './access.guard.ts';
import { principalOf } from './principal.ts';
import { setSessionCookie } from './session-cookie.ts';
import type { OpenSession } from './session-store.ts';

type SignIn = z.infer<typeof signInSchema>;

/** Signing in and out. The identity provider behind it is a port; in development it knows the synthetic accounts. */
@ApiTags('session')
@Controller('api/session')
@ForEveryone()
export class SessionController {
  constructor(@Inject(PLATFORM) private readonly platform: Platform) {}

  @Get()
  @ApiResponse({ status: 200, standardSchema: currentSessionSchema })
  async current(@Req() request: FastifyRequest) {
    return { session: request.session ? await this.#describe(request.session) : null };
  }

  @Get('accounts')
  @ApiResponse({ status: 200, standardSchema: developmentAccountsSchema })
  async accounts() {
    const accounts = this.platform.identities.accounts();
    if (!accounts) throw new HttpProblem(404, 'not-found', '未开启开发登录，请使用正式登录方式');
    const items = await Promise.all(
      accounts.map(async ({ accountId, displayName, role, institutionCode }) => ({
        account: accountId,
        displayName,
        roleName: ROLES[role],
        institutionName: await this.#institutionName(institutionCode),
      })),
    );
    return { items };
  }

  @Post()
  @HttpCode(200)
  @ApiResponse({ status: 200, standardSchema: sessionSchema })
  async signIn(
    @Body({ schema: signInSchema }) body: SignIn,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Session> {
    const { identities, sessions, clock } = this.platform;
    if (!(await this.platform.maySignIn(request.ip)))
      throw new HttpProblem(429, 'too-many-sign-ins', '登录尝试过于频繁，请一分钟后再试');
    const account = await identities.authenticate(body.account, body.code);
    if (!account) throw new HttpProblem(401, 'sign-in-failed', '账号或登录码不正确，请核对后重试');
    request.principal = principalOf(account);
    const opened = await sessions.open(account, clock.now().getTime());
    setSessionCookie(reply, opened, this.platform.secureCookies);
    return this.#describe(opened);
  }

  @Delete()
  @HttpCode(204)
  async signOut(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const token = request.cookies[SESSION_COOKIE];
    if (token !== undefined && request.session) await this.platform.sessions.close(token);
    reply.clearCookie(SESSION_COOKIE, { path: '/' });
  }

  async #describe({ account, csrfToken, expiresAt }: OpenSession): Promise<Session> {
    const { accountId, displayName, role, institutionCode, embedded = false } = account;
    return {
      accountId,
      displayName,
      role,
      roleName: ROLES[role],
      institutionCode,
      institutionName: await this.#institutionName(institutionCode),
      embedded,
      csrfToken,
      expiresAt: new Date(expiresAt).toISOString(),
    };
  }

  async #institutionName(institutionCode: string | null): Promise<string | null> {
    if (institutionCode === null) return null;
    return (
      (
        await this.platform.directory.findEntry('institution', institutionCode, institutionCode, {
          staff: true,
        })
      )?.name ?? null
    );
  }
}
