import { intervalsSchema } from '@qingpu/contracts/http/slots';
import type { SlotKey } from '@qingpu/domains-slots/streams';
import type { RushRequest } from './load-job.ts';
import type { LoadFigures } from './load-shapes.ts';
import { untilCaughtUp } from './platform-process.ts';
import { checkRush, type RushVerdict } from './rush-check.ts';
import { bookingsInLog } from './slot-streams.ts';
import { type BenchSettings, onBaseline, onPlatform, type Stage } from './stage.ts';
import { intervalKey, type World } from './world.ts';

export interface RushFigures extends LoadFigures, RushVerdict {
  readonly residents: number;
}

export interface RushReport {
  readonly platform: RushFigures & {
    /** Slots whose stream does not have exactly the booking that was answered, or none where none was. */
    readonly streamsAtOdds: number;
    /** Slots of the rush that the view has as taken, once it has caught up. */
    readonly takenInView: number;
    /** From the last answer until views and processes had taken everything in. */
    readonly caughtUpAfterMs: number;
  };
  readonly baseline: RushFigures;
  /** The longest waits but one in a hundred, baseline over platform: above 1 where the platform answers sooner. */
  readonly ratio: number;
}

export async function measureRush(settings: BenchSettings): Promise<RushReport> {
  const platform = await onPlatform(settings, async (stage) => {
    const { figures, requests } = await rush(stage, settings);
    const begun = performance.now();
    await untilCaughtUp(stage.server);
    const caughtUpAfterMs = Math.round(performance.now() - begun);
    const streamsAtOdds = await countStreamsAtOdds(stage, requests);
    return { ...figures, streamsAtOdds, takenInView: await takenInView(stage), caughtUpAfterMs };
  });
  const baseline = await onBaseline(settings, async (stage) => (await rush(stage, settings)).figures);
  return { platform, baseline, ratio: Math.round((baseline.p99Ms / platform.p99Ms) * 100) / 100 };
}

async function rush(
  { server, load, world }: Stage,
  { rushConnections }: BenchSettings,
): Promise<{ readonly figures: RushFigures; readonly requests: readonly RushRequest[] }> {
  const { figures, rush: requests = [] } = await load.run({
    load: 'rush',
    url: server.url,
    connections: rushConnections,
  });
  const slots = new Map(rushSlots(world).map(({ interval, slotIds }) => [interval, slotIds]));
  const verdict = checkRush(requests, slots);
  return { figures: { residents: requests.length, ...figures, ...verdict }, requests };
}

interface RushInterval {
  readonly interval: string;
  readonly slotIds: readonly string[];
  readonly keys: readonly SlotKey[];
}

function rushSlots({ rush: schedules }: Pick<World, 'rush'>): RushInterval[] {
  return schedules.flatMap(({ institutionCode, scheduleId, details: { departmentCode, date, intervals } }) =>
    intervals.map(({ start, slots }) => ({
      interval: intervalKey({ institutionCode, departmentCode, scheduleId, date, start }),
      slotIds: slots.map(({ slotId }) => slotId),
      keys: slots.map(({ slotId }) => ({ institutionCode, scheduleId, slotId })),
    })),
  );
}

async function countStreamsAtOdds(
  { eventStoreUrl, world }: Stage,
  requests: readonly RushRequest[],
): Promise<number> {
  const answered = new Map(
    requests.map(({ plan, slotId = '', bookingId = '' }) => [
      `${intervalKey(plan.seat)} ${slotId}`,
      bookingId,
    ]),
  );
  const intervals = rushSlots(world);
  const names = intervals.flatMap(({ interval, slotIds }) =>
    slotIds.map((slotId) => `${interval} ${slotId}`),
  );
  const inLog = await bookingsInLog(
    eventStoreUrl,
    intervals.flatMap(({ keys }) => keys),
  );
  return names.filter((name, index) => inLog[index]?.join() !== (answered.get(name) ?? '')).length;
}

async function takenInView({ server, world }: Stage): Promise<number> {
  let taken = 0;
  for (const { institutionCode, scheduleId } of world.rush) {
    const answer = await fetch(
      `${server.url}/api/slots/schedules/${institutionCode}/${scheduleId}/intervals`,
    );
    const { items } = intervalsSchema.parse(await answer.json());
    for (const { free, total } of items) taken += total - free;
  }
  return taken;
}
