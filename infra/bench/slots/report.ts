import type { Machine } from '../machine.ts';
import type { Share } from './cpu-profile.ts';
import type { Shape } from './load-job.ts';
import type { LoadFigures } from './load-shapes.ts';
import type { PagesReport, PageWaits } from './pages.ts';
import type { RebuildFigures } from './rebuild.ts';
import type { RushFigures, RushReport } from './rush.ts';
import type { Measured, SteadyFigures } from './steady.ts';
import type { WorldSize } from './world.ts';

export interface SlotsReport {
  readonly machine: Machine & {
    readonly loadBefore: readonly number[];
    readonly loadAfter: readonly number[];
  };
  readonly size: WorldSize;
  /** Of each measurement. */
  readonly seconds: number;
  readonly steady?: SteadyFigures;
  readonly rush?: RushReport;
  readonly rebuild?: RebuildFigures;
  readonly pages?: PagesReport;
}

const MOST_SHARES = 12;

export function inWords({ machine, size, steady, rush, rebuild, pages }: SlotsReport): string {
  const { cpu, cores, node, loadBefore, loadAfter } = machine;
  const lines = [
    `${cpu}, ${cores} cores, node ${node}; load ${loadBefore.join(' ')} before, ${loadAfter.join(' ')} after`,
    `${size.residents} residents, ${size.departments} departments`,
    ...(steady ? steadyWords(steady) : []),
    ...(rush ? rushWords(rush) : []),
    ...(rebuild ? [rebuildWords(rebuild)] : []),
    ...(pages ? [waitsWords('pages, quiet', pages.quiet), ...busyWords(pages.busy)] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function steadyWords({ platform, baseline, ratio }: SteadyFigures): string[] {
  return [
    'bookings, platform',
    ...[...platform.closed, ...platform.open].map(measuredWords),
    `  views at ${shapeWords(platform.lag.at)}`,
    ...Object.entries(platform.lag.byView).map(
      ([view, { samples, p50Ms, p99Ms, unanswered }]) =>
        `    ${view} fresh after p50 ${p50Ms} ms, p99 ${p99Ms} ms (${samples} asked, ${unanswered} unanswered)`,
    ),
    `  all taken in ${platform.caughtUpAfterMs} ms after the end`,
    'bookings, PostgreSQL',
    ...[...baseline.closed, ...baseline.open].map(measuredWords),
    `ratio ${ratio}`,
    'availability, platform',
    measuredWords(platform.availability),
    'main thread, platform',
    ...platform.profile.slice(0, MOST_SHARES).map(shareWords),
    'main thread, baseline',
    ...baseline.profile.slice(0, MOST_SHARES).map(shareWords),
  ];
}

function measuredWords({ at, cpuMs, ...figures }: Measured): string {
  const cpu = `cpu ${cpuMs.mainThread} + ${cpuMs.otherThreads} ms each`;
  return `  ${shapeWords(at)}: ${loadWords(figures)}; ${cpu}`;
}

function shapeWords(shape: Shape): string {
  return shape.kind === 'closed' ? `${shape.connections} connections` : `${shape.perSecond}/s open`;
}

function loadWords({ perSecond, p50Ms, p99Ms, statuses }: LoadFigures): string {
  const counts = Object.entries(statuses).map(([status, count]) => `${count} × ${status}`);
  return `${perSecond}/s, p50 ${p50Ms} ms, p99 ${p99Ms} ms (${counts.join(', ')})`;
}

function rushWords({ platform, baseline, ratio }: RushReport): string[] {
  const { streamsAtOdds, takenInView, caughtUpAfterMs } = platform;
  return [
    ...oneRush('rush, platform', platform),
    `  ${streamsAtOdds} streams at odds, ${takenInView} taken in the view, all taken in after ${caughtUpAfterMs} ms`,
    ...oneRush('rush, PostgreSQL', baseline),
    `ratio ${ratio}`,
  ];
}

function oneRush(title: string, figures: RushFigures): string[] {
  const { residents, slots, winners, doubles, unanswered, orderKept } = figures;
  return [
    `${title}: ${residents} residents on ${slots} slots`,
    `  ${loadWords(figures)}`,
    `  ${winners} winners, ${doubles} doubles, ${unanswered} unanswered, order kept ${orderKept.toFixed(4)}`,
  ];
}

function rebuildWords({ events, seconds, perSecond, schedules, schedulesWritten }: RebuildFigures): string {
  const found = `${schedules} of ${schedulesWritten} schedules`;
  return `slot_pool from ${events} events: ${seconds.toFixed(1)} s, ${perSecond} events/s, ${found}`;
}

function busyWords({ beside, ...waits }: PagesReport['busy']): string[] {
  return [waitsWords('pages beside bookings', waits), `  bookings ${loadWords(beside)}`];
}

function waitsWords(title: string, { loads, p50Ms, p99Ms, shares, byPage }: PageWaits): string {
  const { upTo3s, upTo5s, over5s } = shares;
  const pages = Object.entries(byPage).map(([path, ms]) => `${path} ${ms} ms`);
  return `${title}: ${loads} loads, p50 ${p50Ms} ms, p99 ${p99Ms} ms; within 3 s ${upTo3s}, 5 s ${upTo5s}, later ${over5s}; ${pages.join(', ')}`;
}

function shareWords({ module, share, top }: Share): string {
  return `  ${(share * 100).toFixed(1).padStart(5)} %  ${module.padEnd(20)} ${top.slice(0, 2).join('; ')}`;
}
