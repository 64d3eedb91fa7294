import { readFile } from 'node:fs/promises';
import { bookingResultSchema } from '@qingpu/contracts/http/slots';
import { percentile } from '../percentiles.ts';
import { openTimes, type PlannedBooking, rushPlan, rushTimes, steadyPlan } from './booking-plan.ts';
import { ConnectionPool } from './connection-pool.ts';
import type { Answer } from './http-connection.ts';
import { timeUntilFresh } from './lag-probe.ts';
import {
  closedLoop,
  type LoadFigures,
  openLoop,
  type Sending,
  type SentAt,
  type Source,
} from './load-shapes.ts';
import {
  availabilityRequests,
  bookingRequest,
  bookingsAfter,
  intervalsAfter,
  residentAt,
} from './requests.ts';
import type { World } from './world.ts';

/** What a load process is told to do; each job ends with one result. */
export type LoadJob = { readonly url: string } & (
  | {
      readonly load: 'bookings';
      readonly shape: Shape;
      /** Ask so many bookings a second how long views take to know them. */
      readonly probesPerSecond?: number;
    }
  | { readonly load: 'availability'; readonly shape: Shape }
  | { readonly load: 'rush'; readonly connections: number }
);

export type Shape =
  | { readonly kind: 'closed'; readonly connections: number; readonly seconds: number }
  | {
      readonly kind: 'open';
      readonly perSecond: number;
      readonly seconds: number;
      /** Most requests under way. */
      readonly connections: number;
    };

export interface LagFigures {
  readonly samples: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Bookings that a view never came to know, or that it would not say. */
  readonly unanswered: number;
}

/** One request of a rush and its answer; `status` 0 when its connection broke. */
export interface RushRequest extends SentAt {
  readonly plan: PlannedBooking;
  readonly status: number;
  readonly slotId?: string;
  readonly bookingId?: string;
}

export interface LoadResult {
  readonly figures: LoadFigures;
  /** By view. */
  readonly lag?: Readonly<Record<string, LagFigures>>;
  readonly rush?: readonly RushRequest[];
}

/** The load of one process: it remembers which seats are spent. */
export class LoadGenerator {
  readonly #world: World;
  readonly #steady: IterableIterator<PlannedBooking>;

  constructor(world: World) {
    this.#world = world;
    this.#steady = steadyPlan(world).values();
  }

  static async open(worldFile: string): Promise<LoadGenerator> {
    return new LoadGenerator(JSON.parse(await readFile(worldFile, 'utf8')) as World);
  }

  run(job: LoadJob): Promise<LoadResult> {
    const url = new URL(job.url);
    switch (job.load) {
      case 'bookings':
        return this.#bookings(url, job.shape, job.probesPerSecond ?? 0);
      case 'availability':
        return this.#availability(url, job.shape);
      case 'rush':
        return this.#rush(url, job.connections);
    }
  }

  async #bookings(url: URL, shape: Shape, probesPerSecond: number): Promise<LoadResult> {
    const probe = new LagProbe(url, this.#world, probesPerSecond);
    const figures = await shaped(url, shape, () => {
      const plan = this.#steady.next().value;
      return plan && this.#sending(url, plan, (answer) => probe.hear(plan, answer));
    });
    const lag = await probe.figures();
    return { figures, ...(probesPerSecond > 0 && { lag }) };
  }

  async #availability(url: URL, shape: Shape): Promise<LoadResult> {
    const requests = availabilityRequests(url, this.#world.steady);
    return { figures: await shaped(url, shape, () => ({ request: requests.next().value as string })) };
  }

  async #rush(url: URL, connections: number): Promise<LoadResult> {
    const plans = rushPlan(this.#world);
    const sent = new Map<number, SentAt>();
    const answers = new Map<number, Answer>();
    let next = 0;
    const times = rushTimes(plans.length);
    const warm = Math.min(connections, Math.ceil(plans.length / 4));
    const load = { times, connections, warm, sent: (index: number, at: SentAt) => sent.set(index, at) };
    const figures = await openLoop(url, load, () => {
      const index = next++;
      const plan = plans[index];
      return plan && this.#sending(url, plan, (answer) => answers.set(index, answer));
    });
    const rush = plans.map((plan, index) => rushRequest(plan, sent.get(index), answers.get(index)));
    return { figures, rush };
  }

  #sending(url: URL, plan: PlannedBooking, answered: (answer: Answer) => void): Sending {
    return { request: bookingRequest(url, this.#world.residents, plan), answered };
  }
}

function shaped(url: URL, shape: Shape, next: Source): Promise<LoadFigures> {
  if (shape.kind === 'closed') return closedLoop(url, shape, next);
  const { perSecond, seconds, connections } = shape;
  const warm = Math.min(connections, Math.ceil(perSecond / 10));
  return openLoop(url, { times: openTimes(perSecond, seconds), connections, warm }, next);
}

function rushRequest(
  plan: PlannedBooking,
  sent: SentAt | undefined,
  answer: Answer | undefined,
): RushRequest {
  const at = sent ?? { sentMs: Number.NaN, batch: -1 };
  if (answer?.status !== 201) return { plan, ...at, status: answer?.status ?? 0 };
  const { slotId, bookingId } = bookingResultSchema.parse(JSON.parse(answer.body));
  return { plan, ...at, status: answer.status, slotId, bookingId };
}

/** Asks views, beside the load, when they come to know a booking that was just answered. */
class LagProbe {
  readonly #pool: ConnectionPool;
  readonly #url: URL;
  readonly #world: World;
  readonly #everyMs: number;
  readonly #times = new Map<string, number[]>();
  readonly #running: Promise<void>[] = [];
  #unanswered = new Map<string, number>();
  #notBefore = 0;

  constructor(url: URL, world: World, perSecond: number) {
    this.#pool = new ConnectionPool(url, 64);
    this.#url = url;
    this.#world = world;
    this.#everyMs = perSecond > 0 ? 1000 / perSecond : Number.POSITIVE_INFINITY;
    if (perSecond === 0) this.#notBefore = Number.POSITIVE_INFINITY;
  }

  hear({ resident, seat }: PlannedBooking, answer: Answer): void {
    const now = performance.now();
    if (answer.status !== 201 || now < this.#notBefore) return;
    this.#notBefore = now + this.#everyMs;
    const { position } = bookingResultSchema.parse(JSON.parse(answer.body));
    const who = residentAt(this.#world.residents, resident);
    this.#running.push(
      this.#ask('slot_pool', intervalsAfter(this.#url, seat, position)),
      this.#ask('bookings', bookingsAfter(this.#url, who, position)),
    );
  }

  async figures(): Promise<Record<string, LagFigures>> {
    await Promise.all(this.#running);
    this.#pool.close();
    return Object.fromEntries(
      [...this.#times].map(([view, times]) => [
        view,
        {
          samples: times.length,
          p50Ms: Math.round(percentile(times, 0.5)),
          p99Ms: Math.round(percentile(times, 0.99)),
          unanswered: this.#unanswered.get(view) ?? 0,
        },
      ]),
    );
  }

  async #ask(view: string, request: string): Promise<void> {
    const times = this.#times.get(view) ?? [];
    this.#times.set(view, times);
    const took = await timeUntilFresh((text) => this.#pool.send(text), request).catch(() => undefined);
    if (took === undefined) this.#unanswered.set(view, (this.#unanswered.get(view) ?? 0) + 1);
    else times.push(took);
  }
}
