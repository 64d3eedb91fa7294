import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine, loadAverages } from '../machine.ts';
import { measurePages } from './pages.ts';
import { preparedWorld } from './prepared-world.ts';
import { measureRebuild } from './rebuild.ts';
import { inWords, type SlotsReport } from './report.ts';
import { measureRush } from './rush.ts';
import type { BenchSettings } from './stage.ts';
import { measureSteady } from './steady.ts';

const USAGE = `Measures the slot pool over HTTP, beside the same in PostgreSQL.
  --part steady|rush|rebuild|pages|prepare   only one of them; prepare makes the world that the others copy
  --residents N         registered and signed in (20000)
  --departments N       of the steady mix (100)
  --per-interval N      slots of a quarter of an hour in the steady mix (5)
  --rush-slots N        slots that all residents want at once (1000)
  --rush-connections N  most connections of the rush (8000)
  --connections N,M     of the closed loops (64,128,256)
  --seconds N           of each measurement (6)
  --events N            from which the view is rebuilt (1000000)
  --rounds N            how often each page is opened (6)
  --folder DIR          on the disk to measure; the prepared world stays there for the day
  --json                one line of JSON at the end, and nothing before
`;

const OPTIONS = {
  part: { type: 'string' },
  residents: { type: 'string', default: '20000' },
  departments: { type: 'string', default: '100' },
  'per-interval': { type: 'string', default: '5' },
  'rush-slots': { type: 'string', default: '1000' },
  'rush-connections': { type: 'string', default: '8000' },
  connections: { type: 'string', default: '64,128,256' },
  seconds: { type: 'string', default: '6' },
  events: { type: 'string', default: '1000000' },
  rounds: { type: 'string', default: '6' },
  folder: { type: 'string', default: join(tmpdir(), 'qingpu-slots-bench') },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;
const PARTS = ['steady', 'rush', 'rebuild', 'pages', 'prepare'] as const;
type Part = (typeof PARTS)[number];

interface Settings extends BenchSettings {
  readonly part: Part | undefined;
  readonly json: boolean;
}

function parse() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch {
    // Whatever it was that is not understood, the usage says what is.
    return undefined;
  }
}

/** @returns undefined when the command line is not understood */
function readSettings(): Settings | undefined {
  const values = parse();
  if (!values || values.help) return undefined;
  const { folder, json } = values;
  const part = PARTS.find((name) => name === values.part);
  if (values.part !== undefined && part === undefined) return undefined;
  const size = {
    residents: Number(values.residents),
    departments: Number(values.departments),
    perInterval: Number(values['per-interval']),
    rushSlots: Number(values['rush-slots']),
  };
  const connections = values.connections.split(',').map(Number);
  const [rushConnections, events, rounds, seconds] = [
    Number(values['rush-connections']),
    Number(values.events),
    Number(values.rounds),
    Number(values.seconds),
  ];
  const counts = [...Object.values(size), ...connections, rushConnections, events, rounds];
  if (!(seconds > 0) || !counts.every((count) => Number.isSafeInteger(count) && count > 0)) return undefined;
  return { part, json, folder, size, connections, rushConnections, events, rounds, seconds };
}

async function main(): Promise<number> {
  const settings = readSettings();
  if (!settings) {
    process.stderr.write(USAGE);
    return 2;
  }
  const { part } = settings;
  await mkdir(settings.folder, { recursive: true });
  if (part !== 'rebuild') await preparedWorld(settings.folder, settings.size);
  const loadBefore = loadAverages();
  const wanted = (name: Part) => part === undefined || part === name;
  const measured = {
    ...(wanted('steady') && { steady: await measureSteady(settings) }),
    ...(wanted('rush') && { rush: await measureRush(settings) }),
    ...(wanted('rebuild') && { rebuild: await measureRebuild(settings) }),
    ...(wanted('pages') && { pages: await measurePages(settings) }),
  };
  const { size, seconds } = settings;
  const machine = { ...describeMachine(), loadBefore, loadAfter: loadAverages() };
  const report: SlotsReport = { machine, size, seconds, ...measured };
  process.stdout.write(settings.json ? `${JSON.stringify(report)}\n` : inWords(report));
  return 0;
}

// An exit takes the servers along, the end by a signal would not.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1));
process.exitCode = await main();
