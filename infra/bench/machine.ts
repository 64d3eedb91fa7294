import { cpus, loadavg, totalmem } from 'node:os';

/** What figures were taken on; without it they mean nothing. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
}

/** Processes that ran or waited for a core, averaged over 1, 5 and 15 minutes. */
export function loadAverages(): number[] {
  return loadavg().map((load) => Number(load.toFixed(2)));
}
