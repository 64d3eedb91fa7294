import { percentile } from '../percentiles.ts';
import { ConnectionPool } from './connection-pool.ts';
import { type Answer, HttpConnection } from './http-connection.ts';

/** A request that is sent once. */
export interface Sending {
  readonly request: string;
  /** Called with the answer, before the next thing is sent. */
  readonly answered?: (answer: Answer) => void;
}

/** The next request; undefined when there are no more. */
export type Source = () => Sending | undefined;

export interface LoadFigures {
  /** Answers of the kind that was wanted (2xx), and how many a second. */
  readonly succeeded: number;
  readonly perSecond: number;
  /** From when a request was due, or sent in a closed loop, to its answer; over all answers. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
  /** Answers by status and, of problems, their code; `lost` for requests whose connection broke, and why. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** What came back, collected while the load runs. */
export class Tally {
  readonly #waits: number[] = [];
  readonly #statuses = new Map<string, number>();
  #succeeded = 0;

  count(answer: Answer, waitedMs: number): void {
    this.#waits.push(waitedMs);
    if (answer.status < 300) this.#succeeded += 1;
    this.#add(nameOf(answer));
  }

  lost(error: unknown, waitedMs: number): void {
    this.#waits.push(waitedMs);
    const { code, message } = error as NodeJS.ErrnoException;
    this.#add(`lost: ${code ?? message}`);
  }

  figures(milliseconds: number): LoadFigures {
    const at = (share: number) => round(percentile(this.#waits, share));
    return {
      succeeded: this.#succeeded,
      perSecond: round((this.#succeeded * 1000) / milliseconds),
      p50Ms: at(0.5),
      p99Ms: at(0.99),
      longestMs: at(1),
      statuses: Object.fromEntries([...this.#statuses].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    };
  }

  #add(name: string): void {
    this.#statuses.set(name, (this.#statuses.get(name) ?? 0) + 1);
  }
}

function nameOf({ status, body }: Answer): string {
  const code = status >= 400 ? /"code":"([a-z-]+)"/.exec(body)?.[1] : undefined;
  return code === undefined ? String(status) : `${status} ${code}`;
}

/** Each connection sends its next request when the last is answered. */
export async function closedLoop(
  url: URL,
  { connections, seconds }: { readonly connections: number; readonly seconds: number },
  next: Source,
): Promise<LoadFigures> {
  const open = await Promise.all(Array.from({ length: connections }, () => HttpConnection.open(url)));
  const [tally, begun] = [new Tally(), performance.now()];
  const end = begun + seconds * 1000;
  await Promise.all(open.map((connection) => keepSending(connection, next, end, tally)));
  const figures = tally.figures(performance.now() - begun);
  for (const connection of open) connection.close();
  return figures;
}

async function keepSending(
  connection: HttpConnection,
  next: Source,
  end: number,
  tally: Tally,
): Promise<void> {
  while (performance.now() < end) {
    const sending = next();
    if (!sending) return;
    await sendOnce((request) => connection.send(request), sending, performance.now(), tally);
    if (!connection.usable) return;
  }
}

/** A request of an open load, in one turn of the sender's event loop with all that have the same `batch`. */
export interface SentAt {
  /** Milliseconds from the beginning of the load. */
  readonly sentMs: number;
  readonly batch: number;
}

export interface OpenLoad {
  /** When each request is due, in ms from the beginning, in order. */
  readonly times: readonly number[];
  /** Most requests under way; what is due beyond waits, and its wait counts. */
  readonly connections: number;
  /** Connections that are open before it begins. */
  readonly warm: number;
  readonly sent?: (index: number, at: SentAt) => void;
}

/** Requests are sent when they are due, whatever has been answered: waits count from the due time. */
export async function openLoop(
  url: URL,
  { times, connections, warm, sent }: OpenLoad,
  next: Source,
): Promise<LoadFigures> {
  const pool = new ConnectionPool(url, connections);
  await pool.warmUp(warm);
  const [tally, begun] = [new Tally(), performance.now()];
  const underWay: Promise<void>[] = [];
  let batch = 0;
  while (underWay.length < times.length) {
    const now = performance.now() - begun;
    batch += 1;
    for (let due = times[underWay.length]; due !== undefined && due <= now; due = times[underWay.length]) {
      const sending = next();
      if (!sending) return finish(pool, tally, begun, underWay);
      sent?.(underWay.length, { sentMs: now, batch });
      underWay.push(sendOnce((request) => pool.send(request), sending, begun + due, tally));
    }
    const wait = (times[underWay.length] ?? now) - now;
    await new Promise((resolve) => setTimeout(resolve, Math.max(1, wait)));
  }
  return finish(pool, tally, begun, underWay);
}

async function finish(
  pool: ConnectionPool,
  tally: Tally,
  begun: number,
  underWay: readonly Promise<void>[],
): Promise<LoadFigures> {
  await Promise.all(underWay);
  const figures = tally.figures(performance.now() - begun);
  pool.close();
  return figures;
}

async function sendOnce(
  send: (request: string) => Promise<Answer>,
  { request, answered }: Sending,
  since: number,
  tally: Tally,
): Promise<void> {
  try {
    const answer = await send(request);
    tally.count(answer, performance.now() - since);
    answered?.(answer);
  } catch (error) {
    // A request without an answer is what the tally is there to tell.
    tally.lost(error, performance.now() - since);
  }
}

function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
}
