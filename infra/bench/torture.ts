import { parseArgs } from 'node:util';
import { torture } from './torture-run.ts';

const USAGE = `Kills the host again and again while hospitals write to it, and proves that nothing acknowledged is lost.
  --rounds N        how often it is killed (1000)
  --check-every N   rounds between two comparisons (25)
  --json            one line of JSON at the end, and nothing before
The exit code is 1 when anything was lost or is not exact.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '1000' },
      'check-every': { type: 'string', default: '25' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [rounds, checkEvery] = [Number(values.rounds), Number(values['check-every'])];
  if (values.help || !isCount(rounds) || !isCount(checkEvery)) {
    process.stderr.write(USAGE);
    return 2;
  }
  const report = await torture({
    rounds,
    checkEvery,
    onRound: values.json
      ? undefined
      : (round, { acknowledged, faults }) =>
          process.stdout.write(`round ${round}: ${acknowledged} acknowledged, ${faults.length} faults\n`),
  });
  process.stdout.write(`${JSON.stringify(report, null, values.json ? 0 : 2)}\n`);
  return report.faults.length === 0 ? 0 : 1;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value > 0;
}

process.exitCode = await main();
