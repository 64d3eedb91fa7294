import { setTimeout as sleep } from 'node:timers/promises';
import { DIRECTORY_PATHS } from '@qingpu/contracts/http/institutions';
import type { FilingReceipt } from '@qingpu/contracts/partners/hospital/filing-receipt';
import type { EntryRecord, TortureRecord } from './torture-record.ts';

interface Page<Item> {
  readonly items: readonly Item[];
  readonly total: number;
  readonly stale: boolean;
}

interface HistoryLine {
  readonly revision: number;
  readonly changes: readonly { readonly field: string; readonly after: string }[];
}

interface Entry {
  readonly name: string;
  readonly revision: number;
}

const PAGE = 100;
const AT_ONCE = 8;
const MOST_LOOKS = 300;
const PAUSE_MS = 300;

/** Reads the directory as the district's administrator. */
export class Reader {
  readonly #url: string;
  readonly #cookie: string;

  private constructor(url: string, cookie: string) {
    this.#url = url;
    this.#cookie = cookie;
  }

  static async signIn(url: string, code: string): Promise<Reader> {
    const response = await fetch(`${url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ account: 'district-admin', code }),
    });
    return new Reader(url, response.headers.getSetCookie()[0]?.split(';')[0] ?? '');
  }

  async get<Content>(target: string): Promise<Content> {
    const response = await fetch(`${this.#url}${target}`, { headers: { cookie: this.#cookie } });
    if (response.status !== 200) throw new Error(`${target} was answered ${response.status}`);
    return (await response.json()) as Content;
  }

  async all<Item>(target: string): Promise<Item[]> {
    const items: Item[] = [];
    for (let page = 1; ; page += 1) {
      const found = await this.get<Page<Item>>(`${target}?page=${page}&size=${PAGE}`);
      items.push(...found.items);
      if (items.length >= found.total) return items;
    }
  }

  /** Waits until the views have taken in what was acknowledged last; after a kill a lease has to run out first. */
  async untilCaughtUp(position: bigint): Promise<void> {
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      const page = await this.get<Page<unknown>>(`/api/directory/institutions?after=${position}`);
      if (!page.stale) return;
    }
    throw new Error('the views did not catch up');
  }
}

/** Compares everything acknowledged with what the directory shows of it, event by event. */
export async function checkEntries(reader: Reader, record: TortureRecord): Promise<void> {
  await reader.untilCaughtUp(record.furthest);
  const queue = record.entries.values();
  const worker = async () => {
    for (const entry of queue)
      record.faults.push(...(await entryFaults(reader, entry)).map((fault) => `${idOf(entry)}: ${fault}`));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

async function entryFaults(reader: Reader, record: EntryRecord): Promise<string[]> {
  const { kind, institutionCode, code, names } = record;
  const path = `/api/directory/${DIRECTORY_PATHS[kind]}/${institutionCode}/${code}`;
  const entry = await reader.get<Entry>(path).catch(() => undefined);
  if (!entry) return ['was acknowledged and is not there'];
  const lines = (await reader.all<HistoryLine>(`${path}/history`)).sort((a, b) => a.revision - b.revision);
  const last = names.get(names.size - 1);
  return [
    ...(entry.name === last ? [] : [`is called ${entry.name} instead of ${last}`]),
    ...(entry.revision === names.size - 1
      ? []
      : [`stands at ${entry.revision} instead of ${names.size - 1}`]),
    ...historyFaults(lines, names),
  ];
}

/** The history is the acknowledged revisions, each once, each with the name that was acknowledged for it. */
function historyFaults(lines: readonly HistoryLine[], names: ReadonlyMap<number, string>): string[] {
  if (lines.length !== names.size) return [`has ${lines.length} events and ${names.size} acknowledged`];
  return lines.flatMap(({ revision, changes }, index) => {
    const name = changes.find(({ field }) => field === 'name')?.after;
    const isAs = revision === index && names.has(index) && (index === 0 || name === names.get(index));
    return isAs ? [] : [`event ${index} is revision ${revision}, called ${name}`];
  });
}

/** Every list holds as many entries as were acknowledged: nothing is listed twice, nothing besides. */
export async function checkTotals(
  reader: Reader,
  record: TortureRecord,
  expected: ReadonlyMap<string, number>,
): Promise<void> {
  for (const [target, wanted] of expected) {
    const { total } = await reader.get<Page<unknown>>(target);
    if (total !== wanted) record.faults.push(`${target} lists ${total} entries instead of ${wanted}`);
  }
}

interface Received {
  readonly receipt: FilingReceipt;
  readonly repeats: number;
}

/** What the hospitals have received, over the whole run. */
export class Receipts {
  readonly #byDelivery = new Map<string, Received>();

  get received(): number {
    return this.#byDelivery.size;
  }

  get repeats(): number {
    return [...this.#byDelivery.values()].reduce((sum, { repeats }) => sum + repeats, 0);
  }

  /** Waits until every acknowledged filing has arrived; each must have arrived as one delivery. */
  async check(simulatorUrl: string, record: TortureRecord): Promise<void> {
    const missing = () => [...record.entries.values()].flatMap((entry) => this.#missingOf(entry));
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      await this.#collect(simulatorUrl);
      if (missing().length === 0) break;
      await sleep(PAUSE_MS);
    }
    record.faults.push(...missing().map((filing) => `the receipt of ${filing} never arrived`));
    record.faults.push(...this.#arrivedAsSeveral());
  }

  async #collect(simulatorUrl: string): Promise<void> {
    const response = await fetch(`${simulatorUrl}/received`);
    const { items } = (await response.json()) as { readonly items: readonly Received[] };
    for (const received of items) this.#byDelivery.set(received.receipt.deliveryId, received);
  }

  #missingOf({ kind, institutionCode, code, names }: EntryRecord): string[] {
    if (kind !== 'bookingRule') return [];
    const known = new Set([...this.#byDelivery.values()].map(({ receipt }) => filingOf(receipt)));
    return [...names.keys()]
      .map((revision) => filingOf({ institutionCode, ruleCode: code, ruleVersion: revision + 1 }))
      .filter((filing) => !known.has(filing));
  }

  #arrivedAsSeveral(): string[] {
    const filings = [...this.#byDelivery.values()].map(({ receipt }) => filingOf(receipt));
    const twice = filings.filter((filing, index) => filings.indexOf(filing) !== index);
    return twice.map((filing) => `the receipt of ${filing} arrived as two deliveries`);
  }
}

function filingOf({
  institutionCode,
  ruleCode,
  ruleVersion,
}: Pick<FilingReceipt, 'institutionCode' | 'ruleCode' | 'ruleVersion'>): string {
  return `${institutionCode} ${ruleCode} ${ruleVersion}`;
}

function idOf({ kind, institutionCode, code }: EntryRecord): string {
  return `${kind} ${institutionCode} ${code}`;
}
