import { randomUUID } from 'node:crypto';
import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import type {
  BatchResult,
  Registration,
  RegistrationResult,
} from '@qingpu/contracts/partners/hospital/registration';
import type { ScheduleBatchResult, ScheduleRegistration } from '@qingpu/contracts/partners/hospital/slots';
import { HospitalClient, type HospitalMessagePath } from '@qingpu/simulators/hospital-client';
import type { PartnerCredential } from '@qingpu/simulators/partner-credential';
import { PlatformRefusal } from '@qingpu/simulators/platform-errors';

/** What came of the last thing that a hospital's system sent. */
export type Outcome =
  | { readonly kind: 'single'; readonly result: RegistrationResult }
  | { readonly kind: 'batch'; readonly result: BatchResult }
  | { readonly kind: 'schedules'; readonly result: ScheduleBatchResult }
  | { readonly kind: 'told'; readonly result: Told }
  | { readonly kind: 'refused'; readonly refusal: PlatformRefusal };

/** What every answer to a message about slots says. */
export interface Told {
  readonly position: string;
  readonly id?: string | null;
  readonly [field: string]: unknown;
}

interface Sent {
  readonly kind: DirectoryKind;
  readonly items: readonly Registration<DirectoryKind>[];
  readonly batch: boolean;
  readonly idempotencyKey: string;
}

/** A hospital's own system in a scenario: it registers over the signed partner interface and remembers what it was told. */
export class Hospital {
  readonly name: string;
  readonly institutionCode: string;
  readonly #client: HospitalClient;
  #sent: Sent | undefined;
  #outcomes: Outcome[] = [];
  #position = 0n;

  /** @param now milliseconds since 1970 by the hospital's clock */
  constructor(name: string, url: string, partner: PartnerCredential, now: () => number = Date.now) {
    this.name = name;
    this.institutionCode = partner.institutionCode;
    this.#client = new HospitalClient({ baseUrl: url, partner, now });
  }

  /** Log position of the newest thing it registered, for queries that must include it. */
  get position(): string | undefined {
    return this.#position === 0n ? undefined : String(this.#position);
  }

  get outcome(): Outcome {
    const last = this.#outcomes.at(-1);
    if (!last) throw new Error('the hospital has not sent anything');
    return last;
  }

  /** The outcome before the last one. */
  get earlierOutcome(): Outcome | undefined {
    return this.#outcomes.at(-2);
  }

  register<Kind extends DirectoryKind>(kind: Kind, items: readonly Registration<Kind>[], batch: boolean) {
    return this.#send({ kind, items, batch, idempotencyKey: randomUUID() });
  }

  /** Registers schedules, all at once. */
  registerSchedules(items: readonly ScheduleRegistration[]): Promise<void> {
    return this.#remember(async () => ({
      kind: 'schedules',
      result: await this.#client.registerSchedules(items, randomUUID()),
    }));
  }

  /** Says something else about its slots. */
  tell(path: HospitalMessagePath, content: object): Promise<void> {
    return this.#remember(async () => ({
      kind: 'told',
      result: await this.#client.tell(path, content, randomUUID(), { safeParse: told }),
    }));
  }

  /** Sends the last content once more: under the same key as after a lost answer, or under a new one. */
  repeat(key: 'same key' | 'new key'): Promise<void> {
    if (!this.#sent) throw new Error('the hospital has not sent anything');
    const idempotencyKey = key === 'same key' ? this.#sent.idempotencyKey : randomUUID();
    return this.#send({ ...this.#sent, idempotencyKey });
  }

  /** Sends other content under the key of the last one. */
  reuseKey(item: Registration<DirectoryKind>): Promise<void> {
    if (!this.#sent) throw new Error('the hospital has not sent anything');
    return this.#send({ ...this.#sent, items: [item] });
  }

  async #send(sent: Sent): Promise<void> {
    this.#sent = sent;
    await this.#remember(() => this.#answerTo(sent));
  }

  async #remember(send: () => Promise<Outcome>): Promise<void> {
    const outcome = await send().catch(refusalIn);
    this.#outcomes = [...this.#outcomes, outcome];
    for (const position of positionsIn(outcome)) {
      if (position > this.#position) this.#position = position;
    }
  }

  async #answerTo({ kind, items, batch, idempotencyKey }: Sent): Promise<Outcome> {
    if (batch)
      return { kind: 'batch', result: await this.#client.registerBatch(kind, items, idempotencyKey) };
    const [item] = items;
    if (!item) throw new Error('there is nothing to register');
    return { kind: 'single', result: await this.#client.register(kind, item, idempotencyKey) };
  }
}

/** @throws everything that is no refusal */
function refusalIn(error: unknown): Outcome {
  if (error instanceof PlatformRefusal) return { kind: 'refused', refusal: error };
  throw error;
}

function told(value: unknown): { success: true; data: Told } | { success: false } {
  const answered = typeof value === 'object' && value !== null && 'position' in value;
  return answered ? { success: true, data: value as Told } : { success: false };
}

function positionsIn(outcome: Outcome): bigint[] {
  switch (outcome.kind) {
    case 'single':
      return [BigInt(outcome.result.position)];
    case 'told':
      return [BigInt(outcome.result.position)];
    case 'batch':
    case 'schedules':
      return outcome.result.items.flatMap((item) =>
        item.outcome === 'refused' ? [] : [BigInt(item.position)],
      );
    case 'refused':
      return [];
  }
}
