import { Body, Controller, Get, Header, HttpCode, Inject, Post, Query, Req } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiConsumes, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { type ImportResult, importQuerySchema, importResultSchema } from '@qingpu/contracts/http/slots';
import { bodyDigest } from '@qingpu/crypto/request-signing';
import { csvOf, rowsOfCsv } from '@qingpu/documents/csv';
import { rowsOfExcel, SheetReaderBusy } from '@qingpu/documents/excel';
import { UnreadableSheet } from '@qingpu/documents/unreadable-sheet';
import { RegisterSchedule } from '@qingpu/domains-slots/schedule.handlers';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ForSignedIn } from '../access/access.guard.ts';
import { handleBatch } from '../http/batches.ts';
import { HttpProblem } from '../http/http-problem.ts';
import { CSV, EXCEL } from '../http/sheet-bodies.ts';
import { envelopeOf } from '../institutions/envelopes.ts';
import type { Platform } from '../platform.ts';
import { PLATFORM, SLOT_SERVICES } from '../tokens.ts';
import { importResult, type PreviewedLine, previewImport } from './schedule-import.ts';
import { readScheduleSheet, TEMPLATE } from './schedule-sheet.ts';
import { requireScope } from './slot-access.ts';
import type { SlotServices } from './slot-services.ts';

/** A hospital's own schedules from a sheet: a preview, then all of it or nothing (F1.16, F2.05). */
@ApiTags('slots')
@Controller('api/slots/desk/schedules')
@ForSignedIn()
export class ScheduleImportController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(SLOT_SERVICES) private readonly slots: SlotServices,
    @Inject(CommandBus) private readonly bus: CommandBus,
  ) {}

  @Get('import-template')
  @Header('content-type', 'text/csv; charset=utf-8')
  @Header('content-disposition', 'attachment; filename="schedules.csv"')
  @ApiOperation({ summary: '排班导入模板' })
  template(@Req() request: FastifyRequest): string {
    ownInstitution(request);
    return csvOf(TEMPLATE);
  }

  @Post('import')
  @HttpCode(200)
  @ApiConsumes(CSV, EXCEL)
  @ApiOperation({ summary: '导入排班' })
  @ApiResponse({ status: 200, standardSchema: importResultSchema })
  async import(
    @Query({ schema: importQuerySchema }) { check }: z.infer<typeof importQuerySchema>,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<ImportResult> {
    const institutionCode = ownInstitution(request);
    if (!(body instanceof Uint8Array))
      throw new HttpProblem(415, 'sheet-type', '请上传 Excel（.xlsx）或 CSV 文件');
    const sheet = readScheduleSheet(await rowsOf(request, body));
    const { log, clock } = this.platform;
    const sources = { log, ...this.slots, now: clock.now() };
    const lines = await previewImport(sources, institutionCode, sheet);
    const previewed = lines.map(({ item }) => item);
    if (check || previewed.some(({ outcome }) => outcome === 'refused'))
      return importResult(previewed, false);
    return this.#write(request, institutionCode, bodyDigest(body), lines);
  }

  async #write(
    request: FastifyRequest,
    institutionCode: string,
    digest: string,
    lines: readonly PreviewedLine[],
  ): Promise<ImportResult> {
    const batch = envelopeOf(this.platform, request, { institutionCode, digest });
    const answers = await handleBatch(this.platform, batch, lines, async ({ item, details }, envelope) => {
      if (!details) throw new Error('a refused row is not written');
      const key = { institutionCode, scheduleId: item.scheduleId };
      const outcome = await this.bus.execute(new RegisterSchedule(key, details, envelope));
      if (outcome.kind === 'unchanged') return 'unchanged' as const;
      return outcome.eventTypes.includes('ScheduleRegistered') ? ('new' as const) : ('changed' as const);
    });
    const items = lines.map(({ item }, index) => {
      const answer = answers[index] ?? 'unchanged';
      // Somebody changed the schedule between the preview and the writing.
      if (typeof answer !== 'string') return { ...item, outcome: answer.outcome, problems: [answer.detail] };
      return { ...item, outcome: answer };
    });
    return importResult(items, true);
  }
}

/** @throws HttpProblem 403 for everybody but a hospital's own administrators */
function ownInstitution(request: FastifyRequest): string {
  const { institution } = requireScope(request, 'manage');
  if (institution !== undefined) return institution;
  throw new HttpProblem(403, 'own-institution-only', '排班由各医院自己导入，请用医院管理员账号登录');
}

async function rowsOf(request: FastifyRequest, bytes: Uint8Array): Promise<string[][]> {
  try {
    return request.headers['content-type']?.startsWith(CSV) ? rowsOfCsv(bytes) : await rowsOfExcel(bytes);
  } catch (error) {
    if (error instanceof UnreadableSheet)
      throw new HttpProblem(
        422,
        'sheet-unreadable',
        '文件无法读取，请用模板重新保存为 .xlsx 或 UTF-8 的 .csv',
      );
    if (error instanceof SheetReaderBusy)
      throw new HttpProblem(503, 'too-busy', '正在导入的人较多，请稍后再试');
    throw error;
  }
}
