import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { torture } from './torture-rounds.ts';

/** Kills the engine under writers and subscribers, round after round, and checks what is left each time. */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    writers: { type: 'string', default: '16' },
    folder: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
  },
});
const folder = await mkdtemp(join(values.folder, 'event-store-torture-'));
const report = await torture(folder, {
  rounds: Number(values.rounds),
  writers: Number(values.writers),
  onRound: ({ round, acknowledged, faults }) => {
    if (!values.json) {
      process.stdout.write(`round ${round}: ${acknowledged} acknowledged so far, ${faults.length} faults\n`);
    }
  },
});
await rm(folder, { recursive: true });
process.stdout.write(
  values.json ? `${JSON.stringify(report)}\n` : `${report.faults.join('\n') || 'no faults'}\n`,
);
process.exitCode = report.faults.length > 0 ? 1 : 0;
