import { Body, Controller, Get, HttpCode, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { maskName } from '@qingpu/contracts/codes/masking';
import {
  type PortalEntry,
  portalEntryResultSchema,
  portalEntrySchema,
  portalTicketSchema,
} from '@qingpu/contracts/partners/host-app/portal-entry';
import { shanghaiTimestamp } from '@qingpu/domains-kernel/clock';
import { RegisterHolder } from '@qingpu/domains-residents/handlers';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { auditTarget } from '../http/audit.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { envelopeOf } from '../institutions/envelopes.ts';
import type { Platform } from '../platform.ts';
import { PLATFORM } from '../tokens.ts';
import { ForEveryone, ForHostApps } from './access.guard.ts';
import { principalOf } from './principal.ts';
import { setSessionCookie } from './session-cookie.ts';

const ENTRANCE = '/api/portal-entry';

/** How residents come from an app that embeds the portal, such as 健康青浦, without signing in again. */
@ApiTags('portal-entry')
@Controller('api')
export class PortalEntryController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(CommandBus) private readonly bus: CommandBus,
  ) {}

  @Post('partner/v1/portal-entries')
  @ForHostApps()
  @HttpCode(200)
  @ApiOperation({ summary: '为居民取得进入门户的一次性链接' })
  @ApiResponse({ status: 200, standardSchema: portalEntryResultSchema })
  async issue(@Body({ schema: portalEntrySchema }) body: PortalEntry, @Req() request: FastifyRequest) {
    const { portalTickets, clock } = this.platform;
    const accountId = await this.#accountOf(body, request);
    const displayName = maskName(body.person.name);
    const account = {
      accountId,
      displayName,
      role: 'resident',
      institutionCode: null,
      embedded: true,
    } as const;
    const { ticket, expiresAt } = await portalTickets.issue(
      { account, path: body.path },
      clock.now().getTime(),
    );
    const url = new URL(ENTRANCE, this.platform.publicUrl());
    url.searchParams.set('ticket', ticket);
    return { url: url.href, expiresAt: shanghaiTimestamp(new Date(expiresAt)) };
  }

  @Get('portal-entry')
  @ForEveryone()
  @ApiOperation({ summary: '凭一次性链接进入门户' })
  async enter(
    @Query({ schema: portalTicketSchema }) { ticket }: z.infer<typeof portalTicketSchema>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { portalTickets, sessions, clock } = this.platform;
    const now = clock.now().getTime();
    const entrance = await portalTickets.redeem(ticket, now);
    if (!entrance) {
      await reply.status(410).type('text/html; charset=utf-8').send(SPENT_PAGE);
      return;
    }
    request.principal = principalOf(entrance.account);
    setSessionCookie(reply, await sessions.open(entrance.account, now), this.platform.secureCookies);
    await reply.redirect(entrance.path, 303);
  }

  /**
   * The account under which an app's resident comes, always the same for the same document. Its holder is registered by
   * real name the first time. @throws Rejection, HttpProblem 422
   */
  async #accountOf({ person }: PortalEntry, request: FastifyRequest): Promise<string> {
    const { principal } = request;
    if (principal.kind !== 'app') throw new HttpProblem(403, 'forbidden', '您没有权限进行此操作');
    const { identityKind, identityNumber } = person;
    const document = { app: principal.id, identityKind, identityNumber };
    const accountId = `app-${this.platform.sealer.fingerprint('host-app-account', document)}`;
    const envelope = envelopeOf(this.platform, request, person);
    const { personId } = (await this.#holderOf(accountId, person.name)) ?? {
      personId: (await this.bus.execute(new RegisterHolder(accountId, person, envelope))).personId,
    };
    await auditTarget(this.platform.audit, request, personId, 200);
    return accountId;
  }

  /** Undefined before the first time. @throws HttpProblem 422 when the app calls somebody else's name */
  async #holderOf(accountId: string, name: string): Promise<{ readonly personId: string } | undefined> {
    const { people } = this.platform;
    const holder = (await people.personsOf(accountId)).find(({ relation }) => relation === 'self');
    const known = holder && (await people.openPerson(holder.personId));
    if (!holder || !known) return undefined;
    if (known.name !== name)
      throw new HttpProblem(422, 'identity-mismatch', '姓名与证件号码不一致，请核对后重试');
    return holder;
  }
}

/** Without a script or an address to follow: the way back is in the app. */
const SPENT_PAGE = `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>链接已失效</title>
<style>
body { margin: 0; padding: 48px 24px; font: 18px/1.6 "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; color: #1d2129; background: #f5f7f8; }
h1 { margin: 0 0 12px; font-size: 22px; }
p { margin: 0; color: #4e5969; }
</style>
</head>
<body>
<main>
<h1>链接已失效</h1>
<p>这个链接只能用一次，一分钟内有效。请返回健康青浦，重新点击进入。</p>
</main>
</body>
</html>
`;
