import { randomUUID } from 'node:crypto';
import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import type {
  BatchResult,
  Registration,
  RegistrationResult,
} from '@qingpu/contracts/partners/hospital/registration';
import { HospitalClient } from '@qingpu/simulators/hospital-client';
import type { PartnerCredential } from '@qingpu/simulators/partner-credential';
import { PlatformRefusal } from '@qingpu/simulators/platform-errors';

/** What came of the last thing that a hospital's system sent. */
export type Outcome =
  | { readonly kind: 'single'; readonly result: RegistrationResult }
  | { readonly kind: 'batch'; readonly result: BatchResult }
  | { readonly kind: 'refused'; readonly refusal: PlatformRefusal };

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

  constructor(name: string, url: string, partner: PartnerCredential) {
    this.name = name;
    this.institutionCode = partner.institutionCode;
    this.#client = new HospitalClient({ baseUrl: url, partner });
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
    const outcome = await this.#answerTo(sent);
    this.#outcomes = [...this.#outcomes, outcome];
    for (const position of positionsIn(outcome)) {
      if (position > this.#position) this.#position = position;
    }
  }

  async #answerTo({ kind, items, batch, idempotencyKey }: Sent): Promise<Outcome> {
    try {
      if (batch) {
        return { kind: 'batch', result: await this.#client.registerBatch(kind, items, idempotencyKey) };
      }
      const [item] = items;
      if (!item) throw new Error('there is nothing to register');
      return { kind: 'single', result: await this.#client.register(kind, item, idempotencyKey) };
    } catch (error) {
      if (error instanceof PlatformRefusal) return { kind: 'refused', refusal: error };
      throw error;
    }
  }
}

function positionsIn(outcome: Outcome): bigint[] {
  switch (outcome.kind) {
    case 'single':
      return [BigInt(outcome.result.position)];
    case 'batch':
      return outcome.result.items.flatMap((item) =>
        item.outcome === 'refused' ? [] : [BigInt(item.position)],
      );
    case 'refused':
      return [];
  }
}
