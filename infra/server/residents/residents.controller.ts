import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Put,
  Query,
  Req,
} from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { afterSchema } from '@qingpu/contracts/http/paging';
import {
  cardResultSchema,
  cardSchema,
  familySchema,
  type MyPersons,
  mobileSchema,
  myPersonsSchema,
  personResultSchema,
  registrationSchema,
} from '@qingpu/contracts/http/residents';
import {
  AddCard,
  AddFamilyMember,
  ChangeMobile,
  RegisterHolder,
  RemoveCard,
  RemoveFamilyMember,
} from '@qingpu/domains-residents/handlers';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ForSignedIn } from '../access/access.guard.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { envelopeOf } from '../institutions/envelopes.ts';
import type { Platform } from '../platform.ts';
import { PLATFORM } from '../tokens.ts';
import { institutionNames } from './institution-names.ts';
import { ownAccount, ownPerson } from './person-access.ts';

/** Who has tried so many names and numbers within an hour does not only register a family. */
const REGISTRATIONS = { limit: 60, windowMs: 3_600_000 };
const personIdSchema = z.uuid('没有找到此人，请在就诊人列表中重新选择');
const cardIdSchema = z.uuid('没有找到这张卡，请刷新页面');

/** Residents and their own persons: real-name registration, family, cards (F3.01). */
@ApiTags('residents')
@Controller('api/residents')
@ForSignedIn()
export class ResidentsController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(CommandBus) private readonly bus: CommandBus,
  ) {}

  @Get('me')
  @ApiOperation({ summary: '我的就诊人与就诊卡' })
  @ApiResponse({ status: 200, standardSchema: myPersonsSchema })
  async me(
    @Query({ schema: afterSchema }) { after }: z.infer<typeof afterSchema>,
    @Req() request: FastifyRequest,
  ): Promise<MyPersons> {
    const mine = await this.platform.residents.personsOf(ownAccount(request), after);
    const codes = mine.items.flatMap(({ cards }) =>
      cards.flatMap(({ institutionCode }) => institutionCode ?? []),
    );
    const names = await institutionNames(this.platform, codes);
    const named = <Card extends { institutionCode: string | null }>(card: Card) => ({
      ...card,
      institutionName: card.institutionCode === null ? null : (names.get(card.institutionCode) ?? null),
    });
    return { ...mine, items: mine.items.map((item) => ({ ...item, cards: item.cards.map(named) })) };
  }

  @Post('registration')
  @ApiOperation({ summary: '实名注册' })
  @ApiResponse({ status: 201, standardSchema: personResultSchema })
  async register(
    @Body({ schema: registrationSchema }) body: z.infer<typeof registrationSchema>,
    @Req() request: FastifyRequest,
  ) {
    const account = ownAccount(request);
    const envelope = envelopeOf(this.platform, request, body);
    await this.#countRegistration(account);
    return this.bus.execute(new RegisterHolder(account, body.person, envelope));
  }

  @Post('family')
  @ApiOperation({ summary: '添加家庭成员' })
  @ApiResponse({ status: 201, standardSchema: personResultSchema })
  async addMember(
    @Body({ schema: familySchema }) body: z.infer<typeof familySchema>,
    @Req() request: FastifyRequest,
  ) {
    const account = ownAccount(request);
    const envelope = envelopeOf(this.platform, request, body);
    await this.#countRegistration(account);
    return this.bus.execute(new AddFamilyMember(account, body, envelope));
  }

  @Delete('family/:person')
  @ApiOperation({ summary: '移除家庭成员' })
  @ApiResponse({ status: 200, standardSchema: personResultSchema })
  async removeMember(
    @Param('person', { schema: personIdSchema }) personId: string,
    @Req() request: FastifyRequest,
  ) {
    const account = ownAccount(request);
    const envelope = envelopeOf(this.platform, request, null);
    const { position } = await this.bus.execute(new RemoveFamilyMember(account, personId, envelope));
    return { personId, position };
  }

  @Post('cards')
  @ApiOperation({ summary: '添加就诊卡' })
  @ApiResponse({ status: 201, standardSchema: cardResultSchema })
  async addCard(
    @Body({ schema: cardSchema }) { personId, ...card }: z.infer<typeof cardSchema>,
    @Req() request: FastifyRequest,
  ) {
    await ownPerson(this.platform, ownAccount(request), personId);
    const envelope = envelopeOf(this.platform, request, { personId, ...card });
    await this.#checkInstitution(card.institutionCode);
    const { cardId, position } = await this.bus.execute(new AddCard(personId, card, envelope));
    return { personId, cardId, position };
  }

  @Delete('cards/:person/:card')
  @ApiOperation({ summary: '删除就诊卡' })
  @ApiResponse({ status: 200, standardSchema: cardResultSchema })
  async removeCard(
    @Param('person', { schema: personIdSchema }) personId: string,
    @Param('card', { schema: cardIdSchema }) cardId: string,
    @Req() request: FastifyRequest,
  ) {
    await ownPerson(this.platform, ownAccount(request), personId);
    const envelope = envelopeOf(this.platform, request, null);
    const { position } = await this.bus.execute(new RemoveCard(personId, cardId, envelope));
    return { personId, cardId, position };
  }

  @Put('mobile')
  @HttpCode(200)
  @ApiOperation({ summary: '修改手机号' })
  @ApiResponse({ status: 200, standardSchema: personResultSchema })
  async changeMobile(
    @Body({ schema: mobileSchema }) body: z.infer<typeof mobileSchema>,
    @Req() request: FastifyRequest,
  ) {
    const { relation, guardian } = await ownPerson(this.platform, ownAccount(request), body.personId);
    if (relation !== 'self' && !guardian)
      throw new HttpProblem(
        403,
        'mobile-of-another',
        '只能修改本人或所监护儿童的手机号，成年家人请用自己的账号修改',
      );
    const envelope = envelopeOf(this.platform, request, body);
    const { position } = await this.bus.execute(new ChangeMobile(body.personId, body.mobile, envelope));
    return { personId: body.personId, position };
  }

  async #countRegistration(accountId: string): Promise<void> {
    const { coordination, sealer } = this.platform;
    const { allowed } = await coordination.limits.take(
      sealer.fingerprint('registrations', accountId),
      REGISTRATIONS,
    );
    if (!allowed)
      throw new HttpProblem(
        429,
        'too-many-registrations',
        '实名核验次数过多，请一小时后再试或到医院窗口登记',
      );
  }

  async #checkInstitution(institutionCode: string | null): Promise<void> {
    if (institutionCode === null) return;
    const names = await institutionNames(this.platform, [institutionCode]);
    if (!names.has(institutionCode))
      throw new HttpProblem(422, 'institution-unknown', '没有找到这家医院，请重新选择发卡医院');
  }
}
