import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { maskName } from '@qingpu/contracts/codes/masking';
import { pagingSchema } from '@qingpu/contracts/http/paging';
import { type AccessItem, type AccessPage, accessPageSchema } from '@qingpu/contracts/http/residents';
import { ROLES } from '@qingpu/contracts/http/session';
import { shanghaiTimestamp } from '@qingpu/domains-kernel/clock';
import { windowOf } from '@qingpu/read-models-kernel/paging';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ForSignedIn } from '../access/access.guard.ts';
import { HttpProblem } from '../http/http-problem.ts';
import type { Platform } from '../platform.ts';
import { PLATFORM } from '../tokens.ts';
import type { Access } from './access-log.ts';
import { accessWords } from './access-words.ts';
import { institutionNames } from './institution-names.ts';
import { ownAccount, ownPerson } from './person-access.ts';

const personIdSchema = z.uuid('没有找到此人，请在就诊人列表中重新选择');
/** How long a name is tells nobody's. */
const LONGEST_MASKED = 3;
const DELIVERED_TO = /^DELIVER \S+ (\S+)$/;

/** Who looked at my record (谁看过我的记录): residents read it of themselves and of the children in their care. */
@ApiTags('residents')
@Controller('api/residents/persons')
@ForSignedIn()
export class AccessLogController {
  constructor(@Inject(PLATFORM) private readonly platform: Platform) {}

  @Get(':person/accesses')
  @ApiOperation({ summary: '谁看过我的记录' })
  @ApiResponse({ status: 200, standardSchema: accessPageSchema })
  async accesses(
    @Param('person', { schema: personIdSchema }) personId: string,
    @Query({ schema: pagingSchema }) paging: z.infer<typeof pagingSchema>,
    @Req() request: FastifyRequest,
  ): Promise<AccessPage> {
    const { relation, guardian } = await ownPerson(this.platform, ownAccount(request), personId);
    if (relation !== 'self' && !guardian)
      throw new HttpProblem(
        403,
        'accesses-of-another',
        '只能查看本人或所监护儿童的查阅记录，成年家人请用自己的账号查看',
      );
    const { accessLog, clock } = this.platform;
    const asOf = shanghaiTimestamp(clock.now());
    await accessLog.catchUp();
    const { items, total } = await accessLog.of(personId, paging);
    const { page, size } = windowOf(paging);
    return { items: await this.#itemsOf(items), total, page, size, asOf, stale: false };
  }

  async #itemsOf(accesses: readonly Access[]): Promise<AccessItem[]> {
    const codes = accesses.flatMap((access) => placeOf(access) ?? []);
    const names = await institutionNames(this.platform, codes);
    return accesses.map((access) => {
      const place = placeOf(access);
      const staff =
        access.actorKind === 'staff' ? this.platform.identities.nameOf(access.actorId) : undefined;
      return {
        at: access.at,
        institutionName: (place !== null && names.get(place)) || null,
        roleName: roleWords(access),
        staffName: staff === undefined ? null : maskName(staff).slice(0, LONGEST_MASKED),
        what: accessWords(access.action),
        purpose: access.purpose,
      };
    });
  }
}

/** Who has read it belongs there, or was sent it. */
function placeOf({ institutionCode, action }: Access): string | null {
  return institutionCode ?? DELIVERED_TO.exec(action)?.[1] ?? null;
}

function roleWords({ actorKind, role }: Access): string {
  switch (actorKind) {
    case 'staff':
      return Object.entries(ROLES).find(([code]) => code === role)?.[1] ?? '工作人员';
    case 'partner':
      return '医院信息系统';
    case 'channel':
      return '预约平台';
    default:
      return '平台自动处理';
  }
}
