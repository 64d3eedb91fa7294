import { checkDuration, checkWhole } from './bounds.ts';
import {
  type Coordination,
  type CoordinationFault,
  DEFAULT_QUEUE_BOUNDS,
  type QueueBounds,
  type ReportFault,
} from './coordination.ts';
import { openInProcessCoordination } from './in-process.ts';
import { openRedisCoordination } from './redis.ts';

export interface CoordinationOptions {
  /** Where Redis is; without it everything stays in this process, which then must be the only one. */
  readonly redisUrl?: string | undefined;
  /** What the keys of this platform begin with in Redis. */
  readonly prefix: string;
  readonly queues?: Partial<QueueBounds>;
  /** Hears of what an operator should know; a warning of the process unless told. */
  readonly report?: ReportFault;
}

/** Opened once per process. Resolves also when Redis does not answer yet. @throws RangeError: the options are wrong. */
export async function openCoordination(options: CoordinationOptions): Promise<Coordination> {
  const { redisUrl, prefix } = options;
  const report = withoutThrowing(options.report ?? warn);
  const queues = { ...DEFAULT_QUEUE_BOUNDS, ...options.queues };
  checkWhole('queues.waiting', queues.waiting, 1_000_000);
  checkWhole('queues.tickets', queues.tickets, 10_000_000);
  checkDuration('queues.lifeMs', queues.lifeMs);
  if (redisUrl === undefined || redisUrl === '') return openInProcessCoordination({ queues, report });
  // The address may hold a password, so the error does not show it.
  if (!/^rediss?:\/\//.test(redisUrl) || !URL.canParse(redisUrl))
    throw new RangeError('the address of Redis is no URL that begins with redis:// or rediss://');
  return openRedisCoordination({ url: redisUrl, prefix, queues, report });
}

/** Faults are reported from timers and sockets, where an error of the listener would end the process. */
function withoutThrowing(report: ReportFault): ReportFault {
  return (fault) => {
    try {
      report(fault);
    } catch (error) {
      process.emitWarning(`a fault could not be reported: ${String(error)}`, 'CoordinationFault');
    }
  };
}

function warn(fault: CoordinationFault): void {
  process.emitWarning(JSON.stringify(fault), 'CoordinationFault');
}
