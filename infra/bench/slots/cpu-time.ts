import { readdir, readFile } from 'node:fs/promises';

/** Processor time in seconds. */
export interface CpuTime {
  readonly mainThread: number;
  /** Engines, crypto workers, the collector's and the pool's threads. */
  readonly otherThreads: number;
}

/** The kernel counts in hundredths of a second on every platform that Node runs on. */
const TICKS_PER_SECOND = 100;

/** What a process has used up to now, by thread. */
export async function cpuTimeOf(pid: number): Promise<CpuTime> {
  let [mainThread, otherThreads] = [0, 0];
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const seconds = await threadSeconds(pid, thread);
    if (Number(thread) === pid) mainThread += seconds;
    else otherThreads += seconds;
  }
  return { mainThread, otherThreads };
}

async function threadSeconds(pid: number, thread: string): Promise<number> {
  // A thread may end between the listing and the reading; what it used is lost then.
  const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / TICKS_PER_SECOND;
}
