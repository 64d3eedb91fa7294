import {
  MAX_BATCH_SCHEDULES,
  type ScheduleBatchResult,
  type ScheduleRegistration,
} from '@qingpu/contracts/partners/hospital/slots';
import { bodyDigest } from '@qingpu/crypto/request-signing';
import { HospitalClient } from '@qingpu/simulators/hospital-client';
import type { PartnerCredential } from '@qingpu/simulators/partner-credential';
import { forEachConcurrently } from './concurrency.ts';
import { syntheticDistrict } from './district.ts';
import { schedulesOf } from './schedules.ts';

export interface LoadSchedulesOptions {
  /** Origin of the platform. */
  readonly baseUrl: string;
  readonly partners: readonly PartnerCredential[];
  /** First day of visits, YYYY-MM-DD. */
  readonly from: string;
  readonly days: number;
  readonly signal?: AbortSignal | undefined;
  /** Told of each batch before it is sent: hospitals know their own schedules. */
  readonly own?: ((items: readonly ScheduleRegistration[]) => void) | undefined;
}

export interface LoadedSchedules {
  readonly registered: number;
  readonly unchanged: number;
  /** Schedules that the platform refused, such as changed ones that are released already. */
  readonly refused: number;
  /** The furthest log position of all answers: for `?after=`. */
  readonly position: string;
}

/** The hospitals send their schedules side by side; each keeps the order of its own. */
const CONCURRENT_INSTITUTIONS = 4;

/**
 * Registers the synthetic district's schedules day by day, as its hospitals would: over HTTP, signed.
 * A second run changes nothing, because keys follow from what is sent.
 * @throws PlatformRefusal, PlatformUnavailable, or the signal's reason
 */
export async function loadSchedules(options: LoadSchedulesOptions): Promise<LoadedSchedules> {
  const { baseUrl, partners, from, days } = options;
  const tally = new Tally();
  const credentials = new Map(partners.map((partner) => [partner.institutionCode, partner]));
  const institutions = syntheticDistrict().filter(({ code }) => credentials.has(code));
  await forEachConcurrently(
    institutions,
    CONCURRENT_INSTITUTIONS,
    options.signal,
    async (institution, signal) => {
      const partner = credentials.get(institution.code);
      if (!partner) return;
      const client = new HospitalClient({ baseUrl, partner, timeoutMs: 60_000, signal });
      for (const items of batches(schedulesOf(institution, { from, days }))) {
        options.own?.(items);
        tally.add(await client.registerSchedules(items, keyOf(items)));
      }
    },
  );
  return tally.summary();
}

class Tally {
  readonly #counts = { registered: 0, amended: 0, unchanged: 0, refused: 0 };
  #position = 0n;

  add({ items }: ScheduleBatchResult): void {
    for (const item of items) {
      this.#counts[item.outcome] += 1;
      if (item.outcome !== 'refused' && BigInt(item.position) > this.#position)
        this.#position = BigInt(item.position);
    }
  }

  summary(): LoadedSchedules {
    const { registered, amended, unchanged, refused } = this.#counts;
    return { registered: registered + amended, unchanged, refused, position: String(this.#position) };
  }
}

function* batches(schedules: readonly ScheduleRegistration[]): Generator<readonly ScheduleRegistration[]> {
  for (let start = 0; start < schedules.length; start += MAX_BATCH_SCHEDULES)
    yield schedules.slice(start, start + MAX_BATCH_SCHEDULES);
}

function keyOf(content: unknown): string {
  return `schedules-${bodyDigest(Buffer.from(JSON.stringify(content))).slice(0, 32)}`;
}
