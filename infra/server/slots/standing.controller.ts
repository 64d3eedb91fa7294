import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { BLOCK_KINDS, OUTCOMES } from '@qingpu/contracts/codes/slot-tables';
import { reasonSchema } from '@qingpu/contracts/http/institutions';
import { afterSchema, pagingSchema } from '@qingpu/contracts/http/paging';
import {
  actResultSchema,
  appealDecisionSchema,
  appealPageSchema,
  appealSchema,
  blockPageSchema,
  blockSchema,
  blocksSearchSchema,
  type Standing,
  standingSchema,
} from '@qingpu/contracts/http/slots';
import { shanghaiDate } from '@qingpu/domains-kernel/clock';
import type { AcceptedOutcome } from '@qingpu/domains-kernel/command-handling';
import { guidancePolicy } from '@qingpu/domains-slots/booking-policy';
import { creditReportId } from '@qingpu/domains-slots/credit-appeals.process';
import {
  BlockPerson,
  DecideAppeal,
  FileAppeal,
  RestoreRights,
  UnblockPerson,
} from '@qingpu/domains-slots/ledger.handlers';
import type { AppealLine, BlockLine, PersonStanding } from '@qingpu/read-models-bookings/standing-queries';
import { deliveryStatuses } from '@qingpu/read-models-delivery-worklist/queries';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ForSignedIn } from '../access/access.guard.ts';
import { auditPersons } from '../http/audit.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { envelopeOf } from '../institutions/envelopes.ts';
import type { Platform } from '../platform.ts';
import { ownAccount, ownPerson } from '../residents/person-access.ts';
import { PLATFORM, SLOT_SERVICES } from '../tokens.ts';
import { noShowRule } from './booking-notes.ts';
import { requireScope } from './slot-access.ts';
import type { SlotServices } from './slot-services.ts';

/** As scope and source of a block, for the whole district. */
const DISTRICT = 'district';
const MOST_PERSONS = 200;
const statementSchema = z.object({ statement: z.string() });
const appealsQuerySchema = pagingSchema.extend(afterSchema.shape).extend({
  state: z.enum(['filed', 'upheld', 'dismissed']).optional(),
});
type Reason = z.infer<typeof reasonSchema>;

/** What is joined to appeals when they are shown. */
interface AppealNotes {
  readonly names: ReadonlyMap<string, string>;
  readonly reports: Awaited<ReturnType<typeof deliveryStatuses>>;
}

/** What stands against a person's booking, their appeals, and the black list (F3.07, A1.15, A5.16, A5.24–A5.27). */
@ApiTags('slots')
@Controller('api/slots')
@ForSignedIn()
export class StandingController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(SLOT_SERVICES) private readonly slots: SlotServices,
    @Inject(CommandBus) private readonly bus: CommandBus,
  ) {}

  @Get('standing/:person')
  @ApiOperation({ summary: '预约信用' })
  @ApiResponse({ status: 200, standardSchema: standingSchema })
  async standing(
    @Param() { person }: { readonly person: string },
    @Query({ schema: afterSchema }) { after }: z.infer<typeof afterSchema>,
    @Req() request: FastifyRequest,
  ): Promise<Standing> {
    await ownPerson(this.slots, ownAccount(request), person);
    const found = await this.slots.standings.of(person, this.#today(), after);
    return { personId: person, ...(await this.#standingOf(found)) };
  }

  @Post('appeals')
  @ApiOperation({ summary: '申诉' })
  @ApiResponse({ status: 201, standardSchema: actResultSchema })
  async appeal(
    @Body({ schema: appealSchema }) body: z.infer<typeof appealSchema>,
    @Req() request: FastifyRequest,
  ) {
    await ownPerson(this.slots, ownAccount(request), body.personId);
    const envelope = envelopeOf(this.platform, request, body);
    const { personId, subject, statement } = body;
    const appeal = { personId, appealId: envelope.commandId, subject, statement };
    return resultOf(await this.bus.execute(new FileAppeal(appeal, envelope)));
  }

  @Get('desk/appeals')
  @ApiOperation({ summary: '申诉列表' })
  @ApiResponse({ status: 200, standardSchema: appealPageSchema })
  async appeals(
    @Query({ schema: appealsQuerySchema }) { state, ...paging }: z.infer<typeof appealsQuerySchema>,
    @Req() request: FastifyRequest,
  ) {
    const { institution } = requireScope(request, 'judge');
    const found = await this.slots.standings.appeals({ state, institution }, paging, this.#today());
    await auditPersons(this.platform.audit, request, found.items);
    const names = await this.slots.people.maskedNames(found.items.map(({ personId }) => personId));
    const reported = found.items.filter(isReported).map(({ appealId }) => creditReportId(appealId));
    const reports = await deliveryStatuses(this.platform.worklist, reported);
    const items = await Promise.all(found.items.map((line) => this.#appealItem(line, { names, reports })));
    return { ...found, items };
  }

  @Post('desk/appeals/:id/decision')
  @HttpCode(200)
  @ApiOperation({ summary: '处理申诉' })
  @ApiResponse({ status: 200, standardSchema: actResultSchema })
  async decide(
    @Param() { id }: { readonly id: string },
    @Body({ schema: appealDecisionSchema }) { upheld, reason }: z.infer<typeof appealDecisionSchema>,
    @Req() request: FastifyRequest,
  ) {
    const { institution } = requireScope(request, 'judge');
    const appeal = await this.slots.standings.appeal(id, this.#today());
    if (!appeal || (institution !== undefined && institution !== institutionOf(appeal)))
      throw new HttpProblem(404, 'appeal-unknown', '没有找到这条申诉，请返回列表重新查找');
    const decision = { personId: appeal.personId, appealId: id, upheld, reason };
    const envelope = envelopeOf(this.platform, request, decision);
    return resultOf(await this.bus.execute(new DecideAppeal(decision, envelope)));
  }

  @Post('desk/rights/:person/relief')
  @HttpCode(200)
  @ApiOperation({ summary: '提前恢复预约' })
  @ApiResponse({ status: 200, standardSchema: actResultSchema })
  async relieve(
    @Param() { person }: { readonly person: string },
    @Body({ schema: reasonSchema }) { reason }: Reason,
    @Req() request: FastifyRequest,
  ) {
    requireScope(request, 'judge');
    return this.#restore(person, reason, request);
  }

  @Post('desk/blocks/search')
  @HttpCode(200)
  @ApiOperation({ summary: '黑名单列表' })
  @ApiResponse({ status: 200, standardSchema: blockPageSchema })
  async blocks(
    @Body({ schema: blocksSearchSchema }) body: z.infer<typeof blocksSearchSchema>,
    @Req() request: FastifyRequest,
  ) {
    const { institution } = requireScope(request, 'judge');
    const { patient, mobile, kind, state, ...paging } = body;
    const named = patient ?? mobile;
    const persons =
      named === undefined
        ? undefined
        : await this.slots.people.findPersons({ name: patient, mobile }, MOST_PERSONS);
    const found = await this.slots.standings.blocks(
      { kind, state, persons, institution },
      paging,
      this.#today(),
    );
    await auditPersons(this.platform.audit, request, found.items);
    const people = await this.slots.people.maskedPersons(found.items.map(({ personId }) => personId));
    const names = await this.#placeNames(found.items);
    return {
      ...found,
      items: found.items.map(({ liftedReason: _reason, automatic: _rule, source, scope, ...line }) => {
        const person = people.get(line.personId);
        return {
          ...line,
          personName: person?.name ?? '—',
          mobile: person?.mobile ?? '',
          identityNumber: person?.identityNumber ?? '',
          sourceName: names.get(source) ?? source,
          scopeName: names.get(scope) ?? scope,
        };
      }),
    };
  }

  @Post('desk/blocks')
  @ApiOperation({ summary: '新增黑名单' })
  @ApiResponse({ status: 201, standardSchema: actResultSchema })
  async block(
    @Body({ schema: blockSchema }) body: z.infer<typeof blockSchema>,
    @Req() request: FastifyRequest,
  ) {
    const { institution } = requireScope(request, 'judge', body.scope === DISTRICT ? undefined : body.scope);
    if (body.scope === DISTRICT && institution !== undefined)
      throw new HttpProblem(403, 'forbidden', '医院只能限制在本院预约，全区限制请联系区管理员');
    if (!(await this.slots.people.maskedPersons([body.personId])).has(body.personId))
      throw new HttpProblem(422, 'person-unknown', '没有找到该人员，请先登记后再加入黑名单');
    const envelope = envelopeOf(this.platform, request, body);
    const { personId, kind, scope, reason, until } = body;
    const source = institution ?? DISTRICT;
    const block = {
      personId,
      blockId: envelope.commandId,
      kind,
      source,
      scope,
      reason,
      from: this.#today(),
      until,
    };
    return resultOf(await this.bus.execute(new BlockPerson(block, envelope)));
  }

  @Post('desk/blocks/:id/lifting')
  @HttpCode(200)
  @ApiOperation({ summary: '移除黑名单' })
  @ApiResponse({ status: 200, standardSchema: actResultSchema })
  async lift(
    @Param() { id }: { readonly id: string },
    @Body({ schema: reasonSchema }) { reason }: Reason,
    @Req() request: FastifyRequest,
  ) {
    const { institution } = requireScope(request, 'judge');
    const block = await this.slots.standings.block(id, this.#today());
    if (!block || (institution !== undefined && block.source !== institution))
      throw new HttpProblem(404, 'block-unknown', '没有找到这条黑名单记录，请返回列表重新查找');
    if (block.automatic) return this.#restore(block.personId, reason, request);
    const unblocking = { personId: block.personId, blockId: id, by: institution ?? DISTRICT, reason };
    const envelope = envelopeOf(this.platform, request, unblocking);
    return resultOf(await this.bus.execute(new UnblockPerson(unblocking, envelope)));
  }

  async #restore(person: string, reason: string, request: FastifyRequest) {
    const envelope = envelopeOf(this.platform, request, { person, reason });
    return resultOf(await this.bus.execute(new RestoreRights(person, reason, envelope)));
  }

  async #standingOf({ suspensions, broken, blocks, asOf, stale }: PersonStanding) {
    const [longest] = suspensions;
    const items = await this.slots.items.all(broken);
    const policy = broken[0] ? await this.slots.policies.for(broken[0].slot) : guidancePolicy;
    const names = await this.#placeNames(blocks);
    return {
      suspendedUntil: longest?.until ?? null,
      suspendedFor: longest?.cause ?? null,
      noShows: broken.map((line, index) => ({
        bookingId: line.bookingId,
        orderNumber: line.orderNumber,
        institutionName: items[index]?.institutionName ?? '',
        departmentName: items[index]?.departmentName ?? '',
        date: line.slot.date,
        outcome: line.outcome ?? 'noShow',
        counts: line.closure?.outcome === line.outcome,
        appeal: line.appeal,
      })),
      blocks: blocks.map(({ blockId, kind, source, scope, reason, from, until, appeal }) => ({
        blockId,
        kind,
        sourceName: names.get(source) ?? source,
        scopeName: names.get(scope) ?? scope,
        reason,
        from,
        until,
        appeal,
      })),
      rule: noShowRule(policy),
      asOf,
      stale,
    };
  }

  async #appealItem(line: AppealLine, { names, reports }: AppealNotes) {
    const { appealId, personId, subject, filedAt, state, decisionReason } = line;
    const opened = await this.platform.sealer.open(line.statement);
    return {
      appealId,
      personId,
      personName: names.get(personId) ?? '—',
      subject: { ...subject, summary: summaryOf(line) },
      statement: statementSchema.parse(opened).statement,
      filedAt,
      state,
      decisionReason,
      creditReport: isReported(line) ? (reports.get(creditReportId(appealId)) ?? 'open') : null,
    };
  }

  /** Names of sources and scopes of blocks. */
  async #placeNames(
    blocks: readonly Pick<BlockLine, 'source' | 'scope'>[],
  ): Promise<ReadonlyMap<string, string>> {
    const codes = blocks.flatMap(({ source, scope }) => [source, scope]).filter((code) => code !== DISTRICT);
    return new Map([...(await this.slots.names.institutions(codes)), [DISTRICT, '全区']]);
  }

  #today(): string {
    return shanghaiDate(this.platform.clock.now());
  }
}

/** An upheld appeal against a booking is told to the city's credit platform. */
function isReported({ state, subject }: AppealLine): boolean {
  return state === 'upheld' && subject.kind === 'booking';
}

function institutionOf({ booking, block }: AppealLine): string | undefined {
  return booking?.slot.institutionCode ?? block?.source;
}

function summaryOf({ booking, block }: AppealLine): string {
  if (booking) {
    const outcome = booking.outcome ? OUTCOMES[booking.outcome] : '预约';
    return `${outcome} ${booking.slot.date} ${booking.slot.start} 预约单${booking.orderNumber}`;
  }
  return block ? `黑名单 ${BLOCK_KINDS[block.kind]}` : '—';
}

function resultOf({ position, revision }: AcceptedOutcome) {
  return { position, revision };
}
