import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import {
  ruleAnalysisSchema,
  ruleVersionPageSchema,
  searchQuerySchema,
  searchResultSchema,
} from '@qingpu/contracts/http/institutions';
import { pagingSchema } from '@qingpu/contracts/http/paging';
import { shanghaiDate } from '@qingpu/domains-kernel/clock';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { ForEveryone, ForSignedIn } from '../access/access.guard.ts';
import { mayOnEntry, maySomewhere } from '../access/principal.ts';
import { HttpProblem } from '../http/http-problem.ts';
import type { Platform } from '../platform.ts';
import { PLATFORM } from '../tokens.ts';

/** What reaches across kinds: search, and the filed rules against the district's guidance (F2.04). */
@ApiTags('directory')
@Controller('api/directory')
export class DirectorySearchController {
  constructor(@Inject(PLATFORM) private readonly platform: Platform) {}

  @Get('search')
  @ForEveryone()
  @ApiOperation({ summary: '搜索医院、科室、专家和门诊' })
  @ApiResponse({ status: 200, standardSchema: searchResultSchema })
  async search(@Query({ schema: searchQuerySchema }) { q, limit }: z.infer<typeof searchQuerySchema>) {
    return this.platform.directory.search(q, limit);
  }

  @Get('booking-rules/analysis')
  @ForSignedIn()
  @ApiOperation({ summary: '预约规则备案分析' })
  @ApiResponse({ status: 200, standardSchema: ruleAnalysisSchema })
  analysis(@Req() { principal }: FastifyRequest) {
    if (!maySomewhere(principal, 'analyse')) throw forbidden();
    return this.platform.directory.ruleAnalysis(this.#today());
  }

  @Get('booking-rules/:institution/:code/versions')
  @ForSignedIn()
  @ApiResponse({ status: 200, standardSchema: ruleVersionPageSchema })
  versions(
    @Param() { institution, code }: { readonly institution: string; readonly code: string },
    @Query({ schema: pagingSchema }) paging: z.infer<typeof pagingSchema>,
    @Req() { principal }: FastifyRequest,
  ) {
    if (!mayOnEntry(principal, 'readHistory', institution)) throw forbidden();
    return this.platform.directory.ruleVersions(institution, code, paging, this.#today());
  }

  #today(): string {
    return shanghaiDate(this.platform.clock.now());
  }
}

function forbidden(): HttpProblem {
  return new HttpProblem(403, 'forbidden', '您没有权限进行此操作，如有需要请联系管理员');
}
