import { type DirectoryKind } from '@qingpu/contracts/events/institutions';
import {
  type BatchResult,
  MAX_BATCH_ITEMS,
  type Registration,
  type RegistrationResult,
} from '@qingpu/contracts/partners/hospital/registration';
import { bodyDigest } from '@qingpu/crypto/request-signing';
import { HospitalClient } from '@qingpu/simulators/hospital-client';
import type { PartnerCredential } from '@qingpu/simulators/partner-credential';
import { PlatformRefusal } from '@qingpu/simulators/platform-errors';
import { forEachConcurrently } from './concurrency.ts';
import { type SyntheticInstitution, syntheticDistrict } from './district.ts';

export interface LoadOptions {
  /** Origin of the platform, such as `http://127.0.0.1:8080`. */
  readonly baseUrl: string;
  /** One for each institution of the district. */
  readonly partners: readonly PartnerCredential[];
  /** Number of doctors in the district; left out, as many as a district has. */
  readonly scale?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: LoadProgress) => void) | undefined;
  /** Items in one request, at most 500. */
  readonly batchSize?: number | undefined;
  /** Longest wait for one answer in milliseconds. */
  readonly timeoutMs?: number | undefined;
  readonly attempts?: number | undefined;
  readonly firstPauseMs?: number | undefined;
  /**
   * Part of every idempotency key. The platform answers a known key from memory, refusals too;
   * another edition makes it judge everything anew.
   */
  readonly edition?: string | undefined;
}

export interface LoadProgress {
  readonly institution: string;
  readonly kind: DirectoryKind;
  /** Entries of the whole district answered so far. */
  readonly done: number;
  readonly total: number;
}

export interface LoadSummary {
  readonly registered: number;
  readonly changed: number;
  readonly unchanged: number;
  /** The furthest log position of all answers: for `?after=`. */
  readonly position: string;
}

interface RefusedEntry {
  readonly kind: DirectoryKind;
  readonly code: string;
  readonly problem: string;
  readonly detail: string;
}

/** The platform refused entries of the district. */
export class DistrictRefused extends Error {
  override readonly name = 'DistrictRefused';
  readonly refused: readonly RefusedEntry[];

  constructor(institution: string, refused: readonly RefusedEntry[]) {
    const lines = refused.slice(0, 5).map((r) => `${r.kind} ${r.code}: ${r.problem}, ${r.detail}`);
    const more = refused.length > lines.length ? ` and ${refused.length - lines.length} more` : '';
    super(`the platform refused ${refused.length} entries of ${institution}: ${lines.join('; ')}${more}`);
    this.refused = refused;
  }
}

/** The platform works through institutions side by side; each institution's own requests keep their order. */
const CONCURRENT_INSTITUTIONS = 4;
const USUAL_BATCH = 200;
const SHANGHAI_OFFSET_MS = 8 * 3_600_000;

/**
 * Registers the synthetic district as its hospitals would: over HTTP, signed, each partner for its own institution.
 * A second run changes nothing, because keys follow from what is sent.
 * @throws Error when a partner is missing, DistrictRefused, PlatformRefusal, PlatformUnavailable, or the signal's reason
 */
export async function loadDistrict(options: LoadOptions): Promise<LoadSummary> {
  const district = syntheticDistrict({ scale: options.scale, rulesFrom: todayInShanghai() });
  const partners = partnersOf(district, options.partners);
  const tally = new Tally(district, options.onProgress);
  await forEachConcurrently(
    district,
    CONCURRENT_INSTITUTIONS,
    options.signal,
    async (institution, signal) => {
      const partner = partners.get(institution.code);
      if (partner) await new InstitutionLoad(institution, partner, { ...options, signal }, tally).run();
    },
  );
  return tally.summary();
}

/** Checked before anything is sent, so that a wrong file leaves no half-loaded district. */
function partnersOf(
  district: readonly SyntheticInstitution[],
  partners: readonly PartnerCredential[],
): ReadonlyMap<string, PartnerCredential> {
  const byInstitution = new Map(partners.map((partner) => [partner.institutionCode, partner]));
  const missing = district.filter(({ code }) => !byInstitution.has(code)).map(({ name }) => name);
  if (missing.length > 0) throw new Error(`no partner credential for ${missing.join(', ')}`);
  return byInstitution;
}

/** A rule may not come into force before the day of its filing. */
function todayInShanghai(): string {
  return new Date(Date.now() + SHANGHAI_OFFSET_MS).toISOString().slice(0, 10);
}

/** Everything of one institution, in the order in which references resolve. */
class InstitutionLoad {
  readonly #institution: SyntheticInstitution;
  readonly #options: LoadOptions;
  readonly #tally: Tally;
  readonly #client: HospitalClient;

  constructor(
    institution: SyntheticInstitution,
    partner: PartnerCredential,
    options: LoadOptions,
    tally: Tally,
  ) {
    const { baseUrl, timeoutMs = 60_000, attempts, firstPauseMs, signal } = options;
    this.#institution = institution;
    this.#options = options;
    this.#tally = tally;
    this.#client = new HospitalClient({ baseUrl, partner, timeoutMs, attempts, firstPauseMs, signal });
  }

  async run(): Promise<void> {
    const { entries } = this.#institution;
    const ofLevel = (level: 1 | 2) => entries.department.filter(({ details }) => details.level === level);
    for (const entry of entries.institution) await this.#single('institution', entry);
    await this.#batches('department', ofLevel(1));
    await this.#batches('department', ofLevel(2));
    await this.#batches('doctor', entries.doctor);
    await this.#batches('clinic', entries.clinic);
    await this.#batches('internetClinic', entries.internetClinic);
    await this.#batches('channel', entries.channel);
    for (const rule of entries.bookingRule) await this.#rule(rule);
  }

  async #single(kind: 'institution', entry: Registration<'institution'>): Promise<void> {
    const result = await this.#client.register(kind, entry, this.#keyOf(kind, entry));
    this.#count(kind, [result]);
  }

  /**
   * The date is the day of loading and so no part of the key: on a later day the platform finds the key used with
   * another body, which tells that the rule is on file already and spares it a new version.
   */
  async #rule(rule: Registration<'bookingRule'>): Promise<void> {
    const { effectiveFrom: _day, ...lasting } = rule.details;
    const key = this.#keyOf('bookingRule', { ...rule, details: lasting });
    try {
      this.#count('bookingRule', [await this.#client.register('bookingRule', rule, key)]);
    } catch (error) {
      if (!(error instanceof PlatformRefusal) || error.code !== 'idempotency-key-reused') throw error;
      this.#tally.add(this.#institution.name, 'bookingRule', [{ outcome: 'unchanged', position: '0' }]);
    }
  }

  async #batches<Kind extends DirectoryKind>(
    kind: Kind,
    items: readonly Registration<Kind>[],
  ): Promise<void> {
    const size = Math.min(this.#options.batchSize ?? USUAL_BATCH, MAX_BATCH_ITEMS);
    for (let start = 0; start < items.length; start += size) {
      const batch = items.slice(start, start + size);
      const result = await this.#client.registerBatch(kind, batch, this.#keyOf(kind, batch));
      this.#count(kind, result.items);
    }
  }

  #count(kind: DirectoryKind, results: BatchResult['items']): void {
    const refused = results.flatMap((result) => (result.outcome === 'refused' ? [{ kind, ...result }] : []));
    if (refused.length > 0) throw new DistrictRefused(this.#institution.name, refused);
    this.#tally.add(
      this.#institution.name,
      kind,
      results.filter((result): result is RegistrationResult => result.outcome !== 'refused'),
    );
  }

  #keyOf(kind: DirectoryKind, content: unknown): string {
    const digest = bodyDigest(Buffer.from(JSON.stringify(content))).slice(0, 32);
    return `district-${this.#options.edition ?? '1'}-${kind}-${digest}`;
  }
}

/** Counts answers and tells how far the load has come. */
class Tally {
  readonly #total: number;
  readonly #onProgress: LoadOptions['onProgress'];
  readonly #counts = { registered: 0, changed: 0, unchanged: 0 };
  #position = 0n;

  constructor(district: readonly SyntheticInstitution[], onProgress: LoadOptions['onProgress']) {
    this.#total = district
      .flatMap(({ entries }) => Object.values(entries))
      .reduce((sum, entries) => sum + entries.length, 0);
    this.#onProgress = onProgress;
  }

  add(
    institution: string,
    kind: DirectoryKind,
    results: readonly Pick<RegistrationResult, 'outcome' | 'position'>[],
  ): void {
    for (const { outcome, position } of results) {
      this.#counts[outcome] += 1;
      const reached = BigInt(position);
      if (reached > this.#position) this.#position = reached;
    }
    const { registered, changed, unchanged } = this.#counts;
    this.#onProgress?.({ institution, kind, done: registered + changed + unchanged, total: this.#total });
  }

  summary(): LoadSummary {
    return { ...this.#counts, position: String(this.#position) };
  }
}
