import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';
import { describeMachine, loadAverages } from '../machine.ts';
import { measureDocumentStore } from './document-store.ts';
import { measureEventStore } from './event-store.ts';
import { Figures, inWords } from './figures.ts';

const USAGE = `Measures the embedded engines through the official clients, beside SQLite alone in the same run.
  --part event-store|document-store   only one of them
  --events N        events of the large event store (1000000)
  --store DIR       where the large event store stays; it is filled with what it lacks
  --documents N,M   sizes of the collection (10000,1000000)
  --seconds N       how long writers write in each of three turns (2)
  --folder DIR      on the disk to measure (the system's temporary folder)
  --json            one line of JSON at the end, and nothing before
`;

interface Settings {
  readonly part: string | undefined;
  readonly events: number;
  readonly store: string | undefined;
  readonly documents: readonly number[];
  readonly seconds: number;
  readonly folder: string;
  readonly json: boolean;
}

const OPTIONS = {
  part: { type: 'string' },
  events: { type: 'string', default: '1000000' },
  store: { type: 'string' },
  documents: { type: 'string', default: '10000,1000000' },
  seconds: { type: 'string', default: '2' },
  folder: { type: 'string', default: tmpdir() },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

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
  if (!values) return undefined;
  const { help, part, store, folder, json } = values;
  const [events, seconds] = [Number(values.events), Number(values.seconds)];
  const documents = values.documents.split(',').map(Number);
  const isPart = part === undefined || part === 'event-store' || part === 'document-store';
  if (help || !isPart || !(seconds > 0) || ![events, ...documents].every(isCount)) return undefined;
  return { part, events, store, documents, seconds, folder, json };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 10;
}

async function main(): Promise<number> {
  const settings = readSettings();
  if (!settings) {
    process.stderr.write(USAGE);
    return 2;
  }
  const { part, json } = settings;
  const machine = describeMachine();
  const loadBefore = loadAverages();
  const say = (text: string) => void (json || process.stdout.write(text));
  say(`${machine.cpu}, ${machine.cores} cores, node ${machine.node}; load ${loadBefore.join(' ')} before\n`);
  const eventStore = new Figures((figure) => say(inWords(figure)));
  const documentStore = new Figures((figure) => say(inWords(figure)));
  if (part !== 'document-store') await measureEventStore(settings, eventStore);
  if (part !== 'event-store') await measureDocumentStore(settings, documentStore);
  const loadAfter = loadAverages();
  say(`load ${loadAfter.join(' ')} after\n`);
  const report = {
    machine: { ...machine, loadBefore, loadAfter },
    ...(part !== 'document-store' && { eventStore: eventStore.all }),
    ...(part !== 'event-store' && { documentStore: documentStore.all }),
  };
  if (json) process.stdout.write(`${JSON.stringify(report)}\n`);
  return 0;
}

// An exit takes the engine along, the end by a signal would not.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(1));
process.exitCode = await main();
