import { Body, Controller, Get, HttpCode, Inject, Param, Post, Put, Query, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { reasonSchema } from '@qingpu/contracts/http/institutions';
import {
  actResultSchema,
  announcementPageSchema,
  announcementsQuerySchema,
  announceSchema,
} from '@qingpu/contracts/http/slots';
import type { AcceptedOutcome } from '@qingpu/domains-kernel/command-handling';
import {
  PublishAnnouncement,
  ReviseAnnouncement,
  WithdrawAnnouncement,
} from '@qingpu/domains-slots/announcement.handlers';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ForEveryone, ForSignedIn } from '../access/access.guard.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { envelopeOf, expectedRevisionOf } from '../institutions/envelopes.ts';
import type { Platform } from '../platform.ts';
import { PLATFORM, SLOT_SERVICES } from '../tokens.ts';
import { mayOnSlots, requireScope, scopeOfSlots } from './slot-access.ts';
import type { SlotServices } from './slot-services.ts';

type Text = z.infer<typeof announceSchema>;

/** What residents are told about booking (F3.08). */
@ApiTags('slots')
@Controller('api/slots')
export class AnnouncementsController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(SLOT_SERVICES) private readonly slots: SlotServices,
    @Inject(CommandBus) private readonly bus: CommandBus,
  ) {}

  @Get('announcements')
  @ForEveryone()
  @ApiOperation({ summary: '预约公告' })
  @ApiResponse({ status: 200, standardSchema: announcementPageSchema })
  async list(
    @Query({ schema: announcementsQuerySchema }) query: z.infer<typeof announcementsQuerySchema>,
    @Req() request: FastifyRequest,
  ) {
    const { institution, kind, all, ...paging } = query;
    const now = this.platform.clock.now();
    const everything = all === 'true' && scopeOfSlots(request.principal, 'manage') !== undefined;
    const filter = { institution, kind };
    const found = everything
      ? await this.slots.announcements.all(filter, paging, now)
      : await this.slots.announcements.shown(filter, paging, now);
    const codes = found.items.flatMap(({ institutionCode }) => institutionCode ?? []);
    const names = await this.slots.names.institutions(codes);
    return {
      ...found,
      items: found.items.map((line) => ({
        ...line,
        institutionName: line.institutionCode === null ? null : (names.get(line.institutionCode) ?? null),
      })),
    };
  }

  @Post('desk/announcements')
  @ForSignedIn()
  @ApiOperation({ summary: '发布预约公告' })
  @ApiResponse({ status: 201, standardSchema: actResultSchema })
  async publish(@Body({ schema: announceSchema }) body: Text, @Req() request: FastifyRequest) {
    requirePlace(request, body.institutionCode);
    const text = { ...body, scheduleId: null };
    const envelope = envelopeOf(this.platform, request, body);
    return resultOf(await this.bus.execute(new PublishAnnouncement(text, envelope)));
  }

  @Put('desk/announcements/:id')
  @ForSignedIn()
  @ApiOperation({ summary: '修改预约公告' })
  @ApiResponse({ status: 200, standardSchema: actResultSchema })
  async revise(
    @Param() { id }: { readonly id: string },
    @Body({ schema: announceSchema }) body: Text,
    @Req() request: FastifyRequest,
  ) {
    await this.#requireOwn(request, id);
    requirePlace(request, body.institutionCode);
    const envelope = envelopeOf(this.platform, request, { id, body }, expectedRevisionOf(request));
    const text = { ...body, announcementId: id, scheduleId: null };
    return resultOf(await this.bus.execute(new ReviseAnnouncement(text, envelope)));
  }

  @Post('desk/announcements/:id/withdrawal')
  @ForSignedIn()
  @HttpCode(200)
  @ApiOperation({ summary: '撤下预约公告' })
  @ApiResponse({ status: 200, standardSchema: actResultSchema })
  async withdraw(
    @Param() { id }: { readonly id: string },
    @Body({ schema: reasonSchema }) { reason }: z.infer<typeof reasonSchema>,
    @Req() request: FastifyRequest,
  ) {
    await this.#requireOwn(request, id);
    const command = { type: 'WithdrawAnnouncement', announcementId: id, reason } as const;
    const envelope = envelopeOf(this.platform, request, command);
    return resultOf(await this.bus.execute(new WithdrawAnnouncement(command, envelope)));
  }

  async #requireOwn(request: FastifyRequest, id: string): Promise<void> {
    requireScope(request, 'manage');
    const found = await this.slots.announcements.find(id, this.platform.clock.now());
    if (!found) throw new HttpProblem(404, 'announcement-unknown', '没有找到这条公告，请返回列表重新查找');
    requirePlace(request, found.institutionCode);
  }
}

/** @throws HttpProblem 403 when the principal may not speak for the institution, or for the whole district */
function requirePlace(request: FastifyRequest, institutionCode: string | null): void {
  const scope = requireScope(request, 'manage');
  const may =
    institutionCode === null
      ? scope.institution === undefined
      : mayOnSlots(request.principal, 'manage', institutionCode);
  if (!may) throw new HttpProblem(403, 'forbidden', '您没有权限进行此操作，如有需要请联系管理员');
}

function resultOf({ position, revision }: AcceptedOutcome) {
  return { position, revision };
}
