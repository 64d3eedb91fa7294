import { randomUUID } from 'node:crypto';
import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import { DIRECTORY_PATHS } from '@qingpu/contracts/http/institutions';
import {
  batchResultSchema,
  registrationResultSchema,
} from '@qingpu/contracts/partners/hospital/registration';
import { SIGNATURE_HEADERS, type SignedRequest } from '@qingpu/contracts/partners/hospital/signature';
import {
  sampleBookingRule,
  sampleChannel,
  sampleClinic,
  sampleDoctor,
  samplePerson,
} from '@qingpu/contracts/testing/sample-directory';
import { bodyDigest, signRequest } from '@qingpu/crypto/request-signing';
import type { PartnerCredential } from '@qingpu/simulators/partner-credential';
import type { TortureRecord } from './torture-record.ts';

/** One write of one or many entries; repeated under the same key until it is answered. */
interface Write {
  readonly kind: DirectoryKind;
  readonly key: string;
  readonly items: readonly { readonly code: string; readonly name: string; readonly content: unknown }[];
}

const BATCH = 20;
const SHANGHAI_OFFSET_MS = 8 * 3_600_000;

/** A hospital's system that writes one request after the other until the platform is gone. */
export class TortureWriter {
  readonly #name: string;
  readonly #partner: PartnerCredential;
  readonly #record: TortureRecord;
  #round = 0;
  #writes = 0;
  #unanswered: Write | undefined;

  constructor(name: string, partner: PartnerCredential, record: TortureRecord) {
    this.#name = name;
    this.#partner = partner;
    this.#record = record;
  }

  /** Repeats what was left without an answer, then writes until a request fails or `enough` says so. */
  async writeUntilCut(url: string, round: number, enough: () => boolean): Promise<void> {
    this.#round = round;
    while (this.#unanswered || !enough()) {
      const write = this.#unanswered ?? this.#next();
      if (this.#unanswered) this.#record.repeated += 1;
      this.#unanswered = write;
      const came = await this.#send(url, write);
      if (came === 'nothing') return;
      if (came === 'answer') this.#unanswered = undefined;
    }
  }

  /** New codes every round, so that streams stay short; one clinic of the round is shared by all writers. */
  #next(): Write {
    this.#writes += 1;
    const own = `${this.#name}_${this.#round}`;
    switch (this.#writes % 7) {
      case 0:
        return this.#many(own);
      case 1:
        return this.#one('bookingRule', `R${own}`, (name) => ({
          details: sampleBookingRule({ name, effectiveFrom: today() }),
        }));
      case 2:
        return this.#one('doctor', `D${own}_${this.#writes}`, (name) => ({
          details: sampleDoctor(),
          person: samplePerson({ name }),
        }));
      case 3:
      case 5:
        return this.#one('clinic', `S${this.#round}`, clinicCalled);
      default:
        return this.#one('clinic', `C${own}`, clinicCalled);
    }
  }

  #one(kind: DirectoryKind, code: string, contentOf: (name: string) => object): Write {
    const name = `${this.#name}写${this.#writes}`;
    return { kind, key: randomUUID(), items: [{ code, name, content: contentOf(name) }] };
  }

  #many(own: string): Write {
    const items = Array.from({ length: BATCH }, (_, index) => {
      const name = `批${this.#writes}第${index}`;
      return {
        code: `W${own}_${this.#writes}_${index}`,
        name,
        content: { details: sampleChannel({ name }) },
      };
    });
    return { kind: 'channel', key: randomUUID(), items };
  }

  /** A rightful answer is noted, every other one is a fault; without one, nobody knows whether it happened. */
  async #send(url: string, write: Write): Promise<'answer' | 'try again' | 'nothing'> {
    const { institutionCode } = this.#partner;
    const entries = write.items.map(({ code, content }) => ({
      institutionCode,
      code,
      ...(content as object),
    }));
    const path = `/api/partner/v1/${DIRECTORY_PATHS[write.kind]}`;
    const [target, body] = entries.length === 1 ? [path, entries[0]] : [`${path}/batch`, { items: entries }];
    try {
      const response = await this.#post(url, target, JSON.stringify(body), write.key);
      return this.#note(write, response.status, await response.json());
    } catch {
      // The next host will be asked under the same key.
      return 'nothing';
    }
  }

  #post(url: string, target: string, body: string, idempotencyKey: string): Promise<Response> {
    const request: SignedRequest = {
      method: 'POST',
      target,
      timestamp: String(Date.now()),
      nonce: randomUUID(),
      idempotencyKey,
      bodyDigest: bodyDigest(Buffer.from(body)),
    };
    const headers = {
      'content-type': 'application/json',
      [SIGNATURE_HEADERS.partner]: this.#partner.partnerId,
      [SIGNATURE_HEADERS.timestamp]: request.timestamp,
      [SIGNATURE_HEADERS.nonce]: request.nonce,
      [SIGNATURE_HEADERS.idempotencyKey]: idempotencyKey,
      [SIGNATURE_HEADERS.signature]: signRequest(this.#partner.secret, request),
    };
    return fetch(new URL(target, url), { method: 'POST', headers, body, redirect: 'error' });
  }

  #note(write: Write, status: number, answer: unknown): 'answer' | 'try again' {
    const results = resultsOf(write, answer);
    if (results) {
      for (const [index, { name, code }] of write.items.entries())
        this.#noteItem(write.kind, code, name, results[index]);
      return 'answer';
    }
    // Too many writers of the shared clinic, or a store that did not answer in time.
    if (status === 503 || isCalled(answer, 'too-many-writers')) return 'try again';
    this.#record.faults.push(`${write.kind} ${this.#name}: answered ${status} ${JSON.stringify(answer)}`);
    return 'answer';
  }

  #noteItem(kind: DirectoryKind, code: string, name: string, result: unknown): void {
    const { institutionCode } = this.#partner;
    const { data } = registrationResultSchema.safeParse(result);
    if (!data || data.outcome === 'unchanged' || data.code !== code)
      this.#record.faults.push(`${kind} ${code}: answered ${JSON.stringify(result)}`);
    else this.#record.acknowledge({ kind, institutionCode, code }, name, data.revision, data.position);
  }
}

function clinicCalled(name: string) {
  return { details: sampleClinic({ name }) };
}

function resultsOf({ items }: Write, answer: unknown): readonly unknown[] | undefined {
  if (items.length > 1) return batchResultSchema.safeParse(answer).data?.items;
  const { data } = registrationResultSchema.safeParse(answer);
  return data && [data];
}

function isCalled(answer: unknown, code: string): boolean {
  return typeof answer === 'object' && answer !== null && 'code' in answer && answer.code === code;
}

function today(): string {
  return new Date(Date.now() + SHANGHAI_OFFSET_MS).toISOString().slice(0, 10);
}
