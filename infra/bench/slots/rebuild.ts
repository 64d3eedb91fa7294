import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ScheduleRegistration } from '@qingpu/contracts/partners/hospital/slots';
import { shanghaiDate } from '@qingpu/domains-kernel/clock';
import { z } from 'zod';
import { engineProgram, startServer } from '../child-process.ts';
import { programOf } from './programs.ts';
import { eventsOf, fillWithSlots } from './rebuild-fill.ts';
import type { BenchSettings } from './stage.ts';
import { benchSchedules } from './world.ts';

const resultSchema = z.object({ events: z.number(), schedules: z.number(), seconds: z.number() });

export interface RebuildFigures extends z.infer<typeof resultSchema> {
  readonly perSecond: number;
  /** Schedules that were written; the view has as many or is wrong. */
  readonly schedulesWritten: number;
}

/** Fills an event store with schedules and the lives of their slots, then builds the view of the pool from nothing. */
export async function measureRebuild({ folder, events, size }: BenchSettings): Promise<RebuildFigures> {
  const own = await mkdtemp(join(folder, 'slots-rebuild-'));
  try {
    const schedules = manySchedules(events, size.departments);
    const engine = await startServer({
      script: engineProgram('event-store'),
      parameters: ['--data', join(own, 'events'), '--port', '0'],
      marker: 'ready',
    });
    await fillWithSlots(engine.url, schedules).finally(() => engine.stop());
    const { stdout } = await promisify(execFile)(process.execPath, [programOf('rebuild.main'), own]);
    const result = resultSchema.parse(JSON.parse(stdout));
    return {
      ...result,
      perSecond: Math.round(result.events / result.seconds),
      schedulesWritten: schedules.length,
    };
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/** The schedules of the steady mix again and again, each time under other ids, until there are events enough. */
function manySchedules(events: number, departments: number): ScheduleRegistration[] {
  const { steady } = benchSchedules(
    { residents: 0, departments, perInterval: 4, rushSlots: 0 },
    shanghaiDate(new Date()),
  );
  const many: ScheduleRegistration[] = [];
  for (let [sum, n] = [0, 0]; sum < events; n++) {
    const schedule = steady[n % steady.length];
    if (!schedule) throw new RangeError('there are no schedules to repeat');
    many.push({ ...schedule, scheduleId: `R${n}` });
    sum += eventsOf(schedule);
  }
  return many;
}
