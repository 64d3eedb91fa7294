import { writeFileSync } from 'node:fs';
import { type Profiler, Session } from 'node:inspector';
import { isMainThread } from 'node:worker_threads';

/*
 * Loaded into the platform's process with --import: the first SIGUSR2 begins a CPU profile of the main thread, the
 * second ends it and writes it to the file that QINGPU_BENCH_PROFILE names.
 */
const file = process.env.QINGPU_BENCH_PROFILE;
const INTERVAL_MICROSECONDS = 500;

if (isMainThread && file !== undefined) {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: INTERVAL_MICROSECONDS });
  let profiling = false;
  process.on('SIGUSR2', () => {
    if (profiling) session.post('Profiler.stop', (error, result) => write(file, error, result));
    else session.post('Profiler.start');
    profiling = !profiling;
  });
}

function write(path: string, error: Error | null, result: Profiler.StopReturnType): void {
  writeFileSync(path, JSON.stringify(error ? { failed: error.message } : result.profile));
}
