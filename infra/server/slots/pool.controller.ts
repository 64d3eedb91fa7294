import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import { afterSchema } from '@qingpu/contracts/http/paging';
import {
  daysQuerySchema,
  daysSchema,
  intervalsSchema,
  schedulesPageSchema,
  schedulesQuerySchema,
} from '@qingpu/contracts/http/slots';
import { bookingSafeguards } from '@qingpu/contracts/rules/booking-safeguards';
import { plusDays } from '@qingpu/contracts/slots/shanghai-calendar';
import { shanghaiDate, shanghaiTimestamp } from '@qingpu/domains-kernel/clock';
import { cancelDeadline } from '@qingpu/domains-slots/booking-policy';
import type { ScheduleKey } from '@qingpu/domains-slots/streams';
import type { ScheduleLine } from '@qingpu/read-models-slot-pool/summaries';
import type { z } from 'zod';
import { ForEveryone } from '../access/access.guard.ts';
import { HttpProblem } from '../http/http-problem.ts';
import type { Platform } from '../platform.ts';
import { PLATFORM, SLOT_SERVICES } from '../tokens.ts';
import { bookingNotes } from './booking-notes.ts';
import { ExpiringMemo } from './expiring-memo.ts';
import type { SlotServices } from './slot-services.ts';
import { checkSpan, MAX_SPAN_DAYS } from './spans.ts';

/** Whoever looks without naming a position sees what was true this short while ago; `asOf` says when. */
const REMEMBERED = { lifeMs: 300, most: 5_000 };
/** Departments are founded and closed a few times a year. */
const REMEMBERED_DEPARTMENTS = { lifeMs: 30_000, most: 5_000 };
/** What visitors and residents book from. */
const PUBLIC = ['public'] as const;

/** What of the pool can be booked: days, schedules, intervals (F3.02, A1.05–A1.10). Answers everyone alike. */
@ApiTags('slots')
@Controller('api/slots')
@ForEveryone()
export class PoolController {
  readonly #remembered = new ExpiringMemo<unknown>(REMEMBERED);
  readonly #departments = new ExpiringMemo<string[]>(REMEMBERED_DEPARTMENTS);

  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(SLOT_SERVICES) private readonly slots: SlotServices,
  ) {}

  @Get('days')
  @ApiOperation({ summary: '可预约日期' })
  @ApiResponse({ status: 200, standardSchema: daysSchema })
  days(@Query({ schema: daysQuerySchema }) query: z.infer<typeof daysQuerySchema>) {
    return this.#remember('days', query, async () => {
      const { after, ...filter } = await this.#narrowed(query);
      return this.slots.pool.days(filter, PUBLIC, this.platform.clock.now(), after);
    });
  }

  @Get('schedules')
  @ApiOperation({ summary: '可预约门诊和医生' })
  @ApiResponse({ status: 200, standardSchema: schedulesPageSchema })
  schedules(@Query({ schema: schedulesQuerySchema }) query: z.infer<typeof schedulesQuerySchema>) {
    return this.#remember('schedules', query, async () => {
      const { page, size, after, date, from, to, ...rest } = await this.#narrowed(query);
      const now = this.platform.clock.now();
      // What is past can no longer be booked; the desk and the trace look back.
      const [first, last] = [date ?? from ?? shanghaiDate(now), date ?? to];
      const span = checkSpan({ from: first, to: last });
      const found = await this.slots.pool.schedules({ ...rest, ...span }, { page, size, after }, PUBLIC, now);
      const items = await this.#asHospitalSays(rest.institution, { from: first, to: last }, found.items);
      return { ...found, items: await this.slots.names.joinAll(items) };
    });
  }

  @Get('schedules/:institution/:schedule/intervals')
  @ApiOperation({ summary: '分时段号源' })
  @ApiResponse({ status: 200, standardSchema: intervalsSchema })
  intervals(
    @Param() { institution, schedule }: { readonly institution: string; readonly schedule: string },
    @Query({ schema: afterSchema }) { after }: z.infer<typeof afterSchema>,
  ) {
    return this.#remember('intervals', { institution, schedule, after }, async () => {
      const key = { institutionCode: institution, scheduleId: schedule };
      const { hospital, left } = await this.#leftAtHospital(key);
      const now = this.platform.clock.now();
      const found = await this.slots.pool.intervals(key, PUBLIC, now, { after, left });
      if (!found) throw new HttpProblem(404, 'schedule-unknown', '没有找到这个排班，请返回重新选择');
      const line = await this.slots.names.join(found.schedule);
      const policy = await this.slots.policies.for(found.schedule);
      return {
        ...found,
        schedule: line,
        hospital,
        notes: bookingNotes(policy, bookingSafeguards),
        cancelBy: shanghaiTimestamp(cancelDeadline(policy, found.schedule)),
      };
    });
  }

  /** F1.08: what a hospital in shared mode still has of a schedule. */
  async #leftAtHospital(key: ScheduleKey) {
    // The schedule's own mode counts; most institutions have none in shared mode, and their schedules are not read for it.
    const { references, schedules } = this.slots;
    const mayBe = (await references.modeOf(key.institutionCode)) === 'shared';
    const shared = mayBe && (await schedules.find(key))?.mode === 'shared';
    if (!shared) return { hospital: 'notAsked', left: undefined } as const;
    const left = await this.slots.hospitals.freeSlots(key);
    return { hospital: left ? 'answered' : 'silent', left } as const;
  }

  /** F1.14, F1.15: whoever a hospital in shared mode has nothing left of is full. */
  async #asHospitalSays(
    institutionCode: string,
    { from, to }: { readonly from: string; readonly to: string | undefined },
    items: readonly ScheduleLine[],
  ): Promise<readonly ScheduleLine[]> {
    if ((await this.slots.references.modeOf(institutionCode)) !== 'shared') return items;
    const bookable = await this.slots.hospitals.bookable(
      institutionCode,
      from,
      to ?? plusDays(from, MAX_SPAN_DAYS - 1),
    );
    if (!bookable) return items;
    const isLeft = ({ date, doctorCode, clinicCode }: ScheduleLine) =>
      doctorCode === null
        ? clinicCode === null || bookable.clinics.has(`${date} ${clinicCode}`)
        : bookable.doctors.has(`${date} ${doctorCode}`);
    return items.map((item) =>
      item.bookability === 'open' && !isLeft(item) ? { ...item, free: 0, bookability: 'full' } : item,
    );
  }

  /** Whoever looks for a department of the first level also means those below it. */
  async #narrowed<Asked extends { readonly institution: string; readonly department?: string | undefined }>({
    department,
    ...rest
  }: Asked) {
    const departments =
      department === undefined
        ? undefined
        : await this.#departments.get(JSON.stringify([rest.institution, department]), () =>
            this.platform.directory.departmentWithThoseBelow(department, rest.institution),
          );
    return { ...rest, departments };
  }

  #remember<Answer>(
    what: string,
    query: { readonly after?: string | undefined } & Readonly<Record<string, unknown>>,
    load: () => Promise<Answer>,
  ) {
    if (query.after !== undefined) return load();
    return this.#remembered.get(`${what} ${JSON.stringify(query)}`, load) as Promise<Answer>;
  }
}
