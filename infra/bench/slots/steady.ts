import type { Share } from './cpu-profile.ts';
import { cpuTimeOf } from './cpu-time.ts';
import type { LagFigures, LoadJob, LoadResult, Shape } from './load-job.ts';
import type { LoadFigures } from './load-shapes.ts';
import { untilCaughtUp } from './platform-process.ts';
import { profiled } from './profiled.ts';
import { type BenchSettings, onBaseline, onPlatform, type Stage } from './stage.ts';

/** Figures of one load, and what they cost. */
export interface Measured extends LoadFigures {
  readonly at: Shape;
  /** Processor time of the server's process for each answer that was wanted, in ms. */
  readonly cpuMs: { readonly mainThread: number; readonly otherThreads: number };
}

export interface SteadyFigures {
  readonly platform: {
    readonly closed: readonly Measured[];
    readonly open: readonly Measured[];
    /** At 60 % of the most bookings a second that a closed loop got. */
    readonly lag: { readonly at: Shape; readonly byView: Readonly<Record<string, LagFigures>> };
    /** From the end of all load until views and processes had taken everything in. */
    readonly caughtUpAfterMs: number;
    readonly availability: Measured;
    /** Of the main thread while bookings are made. */
    readonly profile: readonly Share[];
  };
  readonly baseline: {
    readonly closed: readonly Measured[];
    readonly open: readonly Measured[];
    readonly profile: readonly Share[];
  };
  /** The most bookings a second of the closed loops, platform over baseline. */
  readonly ratio: number;
}

const OPEN_SHARES = [0.6, 0.8];
const LAG_SHARE = 0.6;
const PROBES_PER_SECOND = 20;
const OPEN_CONNECTIONS = 1_000;

export async function measureSteady(settings: BenchSettings): Promise<SteadyFigures> {
  const platform = await onPlatform(settings, (stage) => measurePlatform(stage, settings));
  const baseline = await onBaseline(settings, (stage) => measureBaseline(stage, settings));
  return { platform, baseline, ratio: round(most(platform.closed) / most(baseline.closed)) };
}

async function measurePlatform(stage: Stage, settings: BenchSettings): Promise<SteadyFigures['platform']> {
  const { closed, open } = await bookings(stage, settings);
  await untilCaughtUp(stage.server);
  const at = openShape(LAG_SHARE * most(closed), settings.seconds * 2);
  const { lag = {} } = await run(stage, { load: 'bookings', shape: at, probesPerSecond: PROBES_PER_SECOND });
  const begun = performance.now();
  await untilCaughtUp(stage.server);
  const caughtUpAfterMs = Math.round(performance.now() - begun);
  const availability = await measured(
    stage,
    'availability',
    closedShape(settings.connections[0] ?? 1, settings),
  );
  const profile = await profileOf(stage, settings);
  return { closed, open, lag: { at, byView: lag }, caughtUpAfterMs, availability, profile };
}

async function measureBaseline(stage: Stage, settings: BenchSettings): Promise<SteadyFigures['baseline']> {
  const { closed, open } = await bookings(stage, settings);
  return { closed, open, profile: await profileOf(stage, settings) };
}

async function bookings(stage: Stage, settings: BenchSettings) {
  // The first run only warms up the just-in-time compilers and the caches.
  await run(stage, { load: 'bookings', shape: closedShape(settings.connections[0] ?? 1, settings) });
  const closed: Measured[] = [];
  for (const connections of settings.connections)
    closed.push(await measured(stage, 'bookings', closedShape(connections, settings)));
  const open: Measured[] = [];
  for (const share of OPEN_SHARES)
    open.push(await measured(stage, 'bookings', openShape(share * most(closed), settings.seconds)));
  return { closed, open };
}

function profileOf(stage: Stage, settings: BenchSettings): Promise<Share[]> {
  const shape = closedShape(settings.connections.at(-1) ?? 1, settings);
  return profiled(stage.server, stage.profileFile, () => run(stage, { load: 'bookings', shape }));
}

async function measured(stage: Stage, load: 'bookings' | 'availability', shape: Shape): Promise<Measured> {
  const before = await cpuTimeOf(stage.server.pid);
  const { figures } = await run(stage, { load, shape });
  const after = await cpuTimeOf(stage.server.pid);
  const each = (seconds: number) => round((seconds * 1000) / figures.succeeded);
  return {
    at: shape,
    ...figures,
    cpuMs: {
      mainThread: each(after.mainThread - before.mainThread),
      otherThreads: each(after.otherThreads - before.otherThreads),
    },
  };
}

type Told<Job> = Job extends LoadJob ? Omit<Job, 'url'> : never;

function run({ load, server }: Stage, job: Told<LoadJob>): Promise<LoadResult> {
  return load.run({ ...job, url: server.url });
}

function closedShape(connections: number, { seconds }: Pick<BenchSettings, 'seconds'>): Shape {
  return { kind: 'closed', connections, seconds };
}

function openShape(perSecond: number, seconds: number): Shape {
  return {
    kind: 'open',
    perSecond: Math.max(1, Math.round(perSecond)),
    seconds,
    connections: OPEN_CONNECTIONS,
  };
}

function most(closed: readonly LoadFigures[]): number {
  return Math.max(...closed.map(({ perSecond }) => perSecond));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
