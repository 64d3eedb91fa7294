import {
  Body,
  Controller,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Put,
  Query,
  Req,
  Res,
  type Type,
} from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { DIRECTORY_KINDS, type DirectoryKind } from '@qingpu/contracts/events/institutions';
import {
  changeResultSchema,
  changeSchemas,
  DIRECTORY_PATHS,
  type DirectoryQuery,
  directoryQuerySchema,
  disclosedPersonSchema,
  disclosureSchema,
  entryPageSchemas,
  entrySchemas,
  historyPageSchema,
  KIND_NAMES,
  reasonSchema,
} from '@qingpu/contracts/http/institutions';
import { afterSchema, pagingSchema } from '@qingpu/contracts/http/paging';
import { type DoctorPerson, registrationSchemas } from '@qingpu/contracts/partners/hospital/registration';
import type { EntryDetails } from '@qingpu/domains-institutions/directory-entry';
import {
  ChangeEntry,
  CloseEntry,
  type EntryAddress,
  RegisterEntry,
} from '@qingpu/domains-institutions/handlers';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ForEveryone, ForSignedIn } from '../access/access.guard.ts';
import { type EntryAction, mayOnEntry, viewerOf } from '../access/principal.ts';
import { onOneLine } from '../http/audit.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { invalidRequest } from '../http/validation.ts';
import type { Platform } from '../platform.ts';
import { PLATFORM } from '../tokens.ts';
import { envelopeOf, expectedRevisionOf } from './envelopes.ts';
import { resultOf } from './registrations.ts';

interface EntryParams {
  readonly institution: string;
  readonly code: string;
}
type Reason = z.infer<typeof reasonSchema>;
type After = z.infer<typeof afterSchema>;
type Paging = z.infer<typeof pagingSchema>;
type Change = { readonly details: EntryDetails; readonly person?: DoctorPerson };

/** Reading and changing entries of one kind (F2.01, F2.04). */
function directoryControllerOf(kind: DirectoryKind): Type {
  @ApiTags('directory')
  @Controller(`api/directory/${DIRECTORY_PATHS[kind]}`)
  class DirectoryController {
    constructor(
      @Inject(PLATFORM) private readonly platform: Platform,
      @Inject(CommandBus) private readonly bus: CommandBus,
    ) {}

    @Get()
    @ForEveryone()
    @ApiOperation({ summary: `${KIND_NAMES[kind]}列表` })
    @ApiResponse({ status: 200, standardSchema: entryPageSchemas[kind] })
    list(
      @Query({ schema: directoryQuerySchema }) query: DirectoryQuery,
      @Req() { principal }: FastifyRequest,
    ) {
      return this.platform.directory.listEntries(kind, query, viewerOf(principal));
    }

    @Get(':institution/:code')
    @ForEveryone()
    @ApiResponse({ status: 200, standardSchema: entrySchemas[kind] })
    async find(
      @Param() { institution, code }: EntryParams,
      @Query({ schema: afterSchema }) { after }: After,
      @Req() { principal }: FastifyRequest,
      @Res({ passthrough: true }) reply: FastifyReply,
    ) {
      addressOf(kind, institution, code);
      const found = await this.platform.directory.findEntry(
        kind,
        institution,
        code,
        viewerOf(principal),
        after,
      );
      if (!found)
        throw new HttpProblem(404, 'entry-unknown', '没有找到这条记录，可能已停用，请返回列表重新查找');
      reply.header('etag', `"${found.revision}"`);
      return found;
    }

    @Get(':institution/:code/history')
    @ForSignedIn()
    @ApiResponse({ status: 200, standardSchema: historyPageSchema })
    history(
      @Param() { institution, code }: EntryParams,
      @Query({ schema: pagingSchema.extend(afterSchema.shape) }) paging: Paging & After,
      @Req() request: FastifyRequest,
    ) {
      allow(request, 'readHistory', institution);
      addressOf(kind, institution, code);
      return this.platform.directory.historyOf(kind, institution, code, paging);
    }

    @Put(':institution/:code')
    @ForSignedIn()
    @ApiResponse({ status: 200, standardSchema: changeResultSchema })
    async change(
      @Param() { institution, code }: EntryParams,
      @Body({ schema: changeSchemas[kind] }) body: Change,
      @Req() request: FastifyRequest,
    ) {
      allow(request, 'change', institution);
      const expected = expectedRevisionOf(request);
      if (expected === 'no_stream' || kind === 'institution') checkWhole(kind, institution, code, body);
      const content = { ...addressOf(kind, institution, code), details: body.details, person: body.person };
      const envelope = envelopeOf(this.platform, request, content, expected);
      const command =
        expected === 'no_stream' ? new RegisterEntry(content, envelope) : new ChangeEntry(content, envelope);
      return resultOf(code, await this.bus.execute(command));
    }

    @Post(':institution/:code/deactivation')
    @ForSignedIn()
    @HttpCode(200)
    @ApiResponse({ status: 200, standardSchema: changeResultSchema })
    deactivate(
      @Param() params: EntryParams,
      @Body({ schema: reasonSchema }) { reason }: Reason,
      @Req() request: FastifyRequest,
    ) {
      allow(request, 'change', params.institution);
      return this.#close('DeactivateEntry', params, reason, request);
    }

    @Post(':institution/:code/reactivation')
    @ForSignedIn()
    @HttpCode(200)
    @ApiResponse({ status: 200, standardSchema: changeResultSchema })
    reactivate(
      @Param() params: EntryParams,
      @Body({ schema: reasonSchema }) { reason }: Reason,
      @Req() request: FastifyRequest,
    ) {
      allow(request, 'change', params.institution);
      return this.#close('ReactivateEntry', params, reason, request);
    }

    @Post(':institution/:code/erasure')
    @ForSignedIn()
    @HttpCode(200)
    @ApiResponse({ status: 200, standardSchema: changeResultSchema })
    erase(
      @Param() params: EntryParams,
      @Body({ schema: reasonSchema }) { reason }: Reason,
      @Req() request: FastifyRequest,
    ) {
      allow(request, 'erase', params.institution);
      return this.#close('EraseEntry', params, reason, request);
    }

    @Post(':institution/:code/disclosure')
    @ForSignedIn()
    @HttpCode(200)
    @ApiResponse({ status: 200, standardSchema: disclosedPersonSchema })
    async disclose(
      @Param() { institution, code }: EntryParams,
      @Body({ schema: disclosureSchema }) { purpose }: z.infer<typeof disclosureSchema>,
      @Req() request: FastifyRequest,
    ) {
      allow(request, 'disclose', institution);
      request.auditPurpose = onOneLine(purpose);
      const sealed =
        kind === 'doctor' ? await this.platform.directory.sealedPersonOf(institution, code) : undefined;
      if (!sealed) throw new HttpProblem(404, 'person-unknown', '该记录没有可查看的个人信息，可能已注销');
      return disclosedPersonSchema.parse(await this.platform.sealer.open(sealed));
    }

    async #close(
      act: CloseEntry['act'],
      { institution, code }: EntryParams,
      reason: string,
      request: FastifyRequest,
    ) {
      const envelope = envelopeOf(this.platform, request, { reason }, expectedRevisionOf(request));
      return resultOf(
        code,
        await this.bus.execute(new CloseEntry(act, addressOf(kind, institution, code), reason, envelope)),
      );
    }
  }
  return DirectoryController;
}

function addressOf(kind: DirectoryKind, institutionCode: string, code: string): EntryAddress {
  if (kind === 'institution' && code !== institutionCode)
    throw new HttpProblem(404, 'entry-unknown', '没有找到这条记录，请核对机构代码');
  return { kind, institutionCode, code };
}

/** A new entry, and every institution, must be what a hospital could register: codes that add up, a doctor's person. */
function checkWhole(kind: DirectoryKind, institutionCode: string, code: string, change: Change): void {
  const key = kind === 'institution' ? { institutionCode } : { institutionCode, code };
  const { details, person } = change;
  const whole = { ...key, details, ...(person && { person }) };
  const checked = registrationSchemas[kind].safeParse(whole);
  if (!checked.success) throw invalidRequest(checked.error.issues);
}

function allow({ principal }: FastifyRequest, action: EntryAction, institutionCode: string): void {
  if (!mayOnEntry(principal, action, institutionCode))
    throw new HttpProblem(403, 'forbidden', '您没有权限进行此操作，如有需要请联系管理员');
}

export const directoryControllers = DIRECTORY_KINDS.map(directoryControllerOf);
