import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { disclosureSchema, reasonSchema } from '@qingpu/contracts/http/institutions';
import { afterSchema } from '@qingpu/contracts/http/paging';
import {
  callerSchema,
  disclosedResidentSchema,
  foundPersonsSchema,
  maskedPersonSchema,
  type PersonSearch,
  personResultSchema,
  personSearchSchema,
} from '@qingpu/contracts/http/residents';
import { ErasePerson, RegisterCaller } from '@qingpu/domains-residents/handlers';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ForSignedIn } from '../access/access.guard.ts';
import { auditPersons, onOneLine } from '../http/audit.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { envelopeOf } from '../institutions/envelopes.ts';
import type { Platform } from '../platform.ts';
import { PLATFORM } from '../tokens.ts';
import { allowWithPersons } from './person-access.ts';

const personIdSchema = z.uuid('没有找到此人，请重新查找');

/** Persons at the desk: found, registered, disclosed for a purpose, erased. Each person shown leaves an audit entry. */
@ApiTags('residents')
@Controller('api/residents/desk')
@ForSignedIn()
export class DeskResidentsController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(CommandBus) private readonly bus: CommandBus,
  ) {}

  @Post('search')
  @HttpCode(200)
  @ApiOperation({ summary: '按证件号、手机号或姓名查找居民' })
  @ApiResponse({ status: 200, standardSchema: foundPersonsSchema })
  async search(
    @Body({ schema: personSearchSchema }) { purpose, after, ...query }: PersonSearch,
    @Req() request: FastifyRequest,
  ) {
    allowWithPersons(request, 'find');
    request.auditPurpose = onOneLine(purpose);
    const found = await this.platform.people.search(query, after);
    const { audit } = this.platform;
    await auditPersons(audit, request, found.items);
    return found;
  }

  @Post('callers')
  @ApiOperation({ summary: '登记来电或到窗口的居民' })
  @ApiResponse({ status: 201, standardSchema: personResultSchema })
  async registerCaller(
    @Body({ schema: callerSchema }) body: z.infer<typeof callerSchema>,
    @Req() request: FastifyRequest,
  ) {
    allowWithPersons(request, 'register');
    const envelope = envelopeOf(this.platform, request, body);
    return this.bus.execute(new RegisterCaller(body.person, body.documentSeen, envelope));
  }

  @Get('persons/:person')
  @ApiOperation({ summary: '居民信息（脱敏）' })
  @ApiResponse({ status: 200, standardSchema: maskedPersonSchema })
  async find(
    @Param('person', { schema: personIdSchema }) personId: string,
    @Query({ schema: afterSchema }) { after }: z.infer<typeof afterSchema>,
    @Req() request: FastifyRequest,
  ) {
    allowWithPersons(request, 'find');
    await this.platform.residents.fresh(after);
    const found = (await this.platform.people.maskedPersons([personId])).get(personId);
    if (!found) throw unknownPerson();
    return found;
  }

  @Post('persons/:person/disclosure')
  @HttpCode(200)
  @ApiOperation({ summary: '查看居民完整信息（留痕）' })
  @ApiResponse({ status: 200, standardSchema: disclosedResidentSchema })
  async disclose(
    @Param('person', { schema: personIdSchema }) personId: string,
    @Body({ schema: disclosureSchema }) { purpose }: z.infer<typeof disclosureSchema>,
    @Req() request: FastifyRequest,
  ) {
    allowWithPersons(request, 'disclose');
    request.auditPurpose = onOneLine(purpose);
    const content = await this.platform.people.openPerson(personId);
    if (!content) throw unknownPerson();
    return content;
  }

  @Post('persons/:person/erasure')
  @HttpCode(200)
  @ApiOperation({ summary: '注销居民个人信息' })
  @ApiResponse({ status: 200, standardSchema: personResultSchema })
  async erase(
    @Param('person', { schema: personIdSchema }) personId: string,
    @Body({ schema: reasonSchema }) { reason }: z.infer<typeof reasonSchema>,
    @Req() request: FastifyRequest,
  ) {
    allowWithPersons(request, 'erase');
    const envelope = envelopeOf(this.platform, request, { reason });
    const { position } = await this.bus.execute(new ErasePerson(personId, reason, envelope));
    return { personId, position };
  }
}

function unknownPerson(): HttpProblem {
  return new HttpProblem(404, 'person-unknown', '没有找到此人，可能已注销，请重新查找');
}
