import type { NewEvent } from '@qingpu/contracts/events/stored-event';
import type { CommandHandlingPorts } from '@qingpu/domains-kernel/command-handling';
import {
  AppendOutcomeUnknown,
  EventLogUnavailable,
  type ExpectedRevision,
  RevisionConflict,
} from '@qingpu/domains-kernel/event-log';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import type { TroubledEventLog } from '@qingpu/domains-kernel/testing/troubled-event-log';
import type fc from 'fast-check';
import type { BookingWorld } from './booking-world.ts';

type Call = <Args extends unknown[], Result>(
  call: (...args: Args) => Promise<Result>,
) => (...args: Args) => Promise<Result>;

export interface Trouble {
  /** Picks whose call comes next. */
  readonly scheduler: fc.Scheduler;
  readonly world: BookingWorld;
  /** What becomes of the append that begins with this event. */
  readonly mishapOf: (eventId: string) => TroubledEventLog['mishaps'][number];
  /** The run goes no further after so many steps. */
  readonly killAfter: number | undefined;
}

/** One run among many that meet trouble. */
export interface TroubledRun {
  readonly handling: CommandHandlingPorts;
  /** Comes when the run is killed. */
  readonly killed: Promise<void>;
  /** Makes a call one that waits for its turn and may be the last of the run. */
  readonly through: Call;
}

/** Ports whose every call on the log waits for the scheduler, may go wrong, and may be the last of its run. */
export function troubledRun({ scheduler, world, mishapOf, killAfter }: Trouble): TroubledRun {
  const { log } = world;
  const killed = Promise.withResolvers<void>();
  let steps = 0;
  const alive = async () => {
    steps += 1;
    if (killAfter === undefined || steps <= killAfter) return;
    killed.resolve();
    await new Promise(() => undefined);
  };
  const through: Call =
    (call) =>
    async (...args) => {
      await scheduler.schedule(Promise.resolve());
      await alive();
      const result = await call(...args);
      await alive();
      return result;
    };
  const append = async (stream: string, events: readonly NewEvent[], expected: ExpectedRevision) => {
    log.mishaps.push(mishapOf(events[0]?.id ?? ''));
    const lost = log.underway.length;
    try {
      return await log.append(stream, events, expected);
    } finally {
      // What is lost may arrive at any time.
      const late = log.underway[lost];
      if (late) void scheduler.schedule(Promise.resolve()).then(late).catch(unlessExpected);
    }
  };
  const handling: CommandHandlingPorts = {
    ...world.handling,
    retry: { attempts: 2, baseDelayMs: 0, pause: async () => undefined },
    log: { readStream: through((stream: string) => log.readStream(stream)), append: through(append) },
  };
  return { handling, killed: killed.promise, through };
}

/** What runs in trouble may end with. @throws whatever else they ended with */
export function unlessExpected(error: unknown): void {
  const expected = [Rejection, AppendOutcomeUnknown, EventLogUnavailable, RevisionConflict];
  if (!expected.some((kind) => error instanceof kind)) throw error;
}
