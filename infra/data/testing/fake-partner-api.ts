import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { DIRECTORY_KINDS, type DirectoryKind } from '@qingpu/contracts/events/institutions';
import { DIRECTORY_PATHS } from '@qingpu/contracts/http/institutions';
import {
  batchOf,
  type Registration,
  type RegistrationResult,
  registrationSchemas,
} from '@qingpu/contracts/partners/hospital/registration';
import { SIGNATURE_HEADERS } from '@qingpu/contracts/partners/hospital/signature';
import { bodyDigest, verifyRequest } from '@qingpu/crypto/request-signing';
import type { PartnerCredential } from '../partners.ts';

type Entry = Registration<DirectoryKind>;
type Refused = { code: string; outcome: 'refused'; problem: string; detail: string };
interface Answer {
  readonly status: number;
  readonly body: unknown;
}

const problem = (status: number, code: string): Answer => ({
  status,
  body: { type: 'about:blank', title: code, status, code, detail: `测试：${code}` },
});

/** The partner API as its contract describes it, in memory: signatures, ownership, references, idempotency keys. */
export class FakePartnerApi {
  readonly entries = new Map<string, Entry>();
  /** Filed versions of booking rules, which nobody may multiply by loading twice. */
  filings = 0;
  requests = 0;
  mostAtOnce = 0;
  /** Answers with this status before anything is done, once for each number left. */
  readonly failures: number[] = [];
  readonly refusedCodes = new Set<string>();
  readonly #answered = new Map<string, { digest: string; answer: Answer }>();
  readonly #nonces = new Set<string>();
  readonly #partners: ReadonlyMap<string, PartnerCredential>;
  readonly #server: Server;
  #position = 0;
  #running = 0;

  constructor(partners: readonly PartnerCredential[]) {
    this.#partners = new Map(partners.map((partner) => [partner.partnerId, partner]));
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('no port');
    return `http://127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#running += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#running);
    this.requests += 1;
    const body = await buffer(request);
    const { status, body: content } = this.#answer(request, body);
    this.#running -= 1;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(content));
  }

  #answer(request: IncomingMessage, body: Buffer): Answer {
    const failure = this.failures.shift();
    if (failure !== undefined) return problem(failure, 'out-of-order');
    const partner = this.#signer(request, body);
    if (!partner) return problem(401, 'signature-wrong');
    const key = `${partner.partnerId} ${String(request.headers[SIGNATURE_HEADERS.idempotencyKey])}`;
    const digest = bodyDigest(body);
    const earlier = this.#answered.get(key);
    if (earlier) return earlier.digest === digest ? earlier.answer : problem(409, 'idempotency-key-reused');
    const answer = this.#register(request.url ?? '', JSON.parse(body.toString()), partner);
    this.#answered.set(key, { digest, answer });
    return answer;
  }

  #signer(request: IncomingMessage, body: Buffer): PartnerCredential | undefined {
    const header = (name: string): string => String(request.headers[name] ?? '');
    const partner = this.#partners.get(header(SIGNATURE_HEADERS.partner));
    const nonce = header(SIGNATURE_HEADERS.nonce);
    const signed = {
      method: request.method ?? '',
      target: request.url ?? '',
      timestamp: header(SIGNATURE_HEADERS.timestamp),
      nonce,
      idempotencyKey: header(SIGNATURE_HEADERS.idempotencyKey),
      bodyDigest: bodyDigest(body),
    };
    if (!partner || this.#nonces.has(nonce)) return undefined;
    this.#nonces.add(nonce);
    return verifyRequest(partner.secret, signed, header(SIGNATURE_HEADERS.signature)) ? partner : undefined;
  }

  #register(target: string, body: unknown, partner: PartnerCredential): Answer {
    const [path, batch] = target.replace('/api/partner/v1/', '').split('/');
    const kind = DIRECTORY_KINDS.find((candidate) => DIRECTORY_PATHS[candidate] === path);
    if (!kind) return problem(404, 'path-unknown');
    if (batch === 'batch') return this.#registerBatch(kind, body, partner);
    const parsed = registrationSchemas[kind].safeParse(body);
    if (!parsed.success) return problem(422, 'content-invalid');
    const result = this.#one(kind, parsed.data, partner);
    if (result.outcome === 'refused') return problem(409, result.problem);
    return { status: result.outcome === 'registered' ? 201 : 200, body: result };
  }

  #registerBatch(kind: DirectoryKind, body: unknown, partner: PartnerCredential): Answer {
    const parsed = batchOf(registrationSchemas[kind]).safeParse(body);
    if (!parsed.success) return problem(422, 'content-invalid');
    const items = parsed.data.items.map((item: Entry) => this.#one(kind, item, partner));
    const refused = items.filter(({ outcome }) => outcome === 'refused').length;
    return { status: 200, body: { accepted: items.length - refused, refused, items } };
  }

  #one(kind: DirectoryKind, entry: Entry, partner: PartnerCredential): RegistrationResult | Refused {
    const code = 'code' in entry ? entry.code : entry.institutionCode;
    const refusal = this.#refusal(kind, code, entry, partner);
    if (refusal) return { code, outcome: 'refused', problem: refusal, detail: `测试：${refusal}` };
    const address = addressOf(kind, entry.institutionCode, code);
    const known = this.entries.get(address);
    const unchanged = known !== undefined && JSON.stringify(known) === JSON.stringify(entry);
    if (!unchanged) {
      this.entries.set(address, entry);
      this.#position += 1;
      if (kind === 'bookingRule') this.filings += 1;
    }
    const changed = known === undefined ? 'registered' : 'changed';
    return {
      code,
      outcome: unchanged ? 'unchanged' : changed,
      revision: 0,
      position: String(this.#position),
    };
  }

  #refusal(kind: DirectoryKind, code: string, entry: Entry, partner: PartnerCredential): string | undefined {
    if (entry.institutionCode !== partner.institutionCode) return 'not-your-institution';
    if (this.refusedCodes.has(code)) return 'refused-by-test';
    const missing = requiredAddresses(kind, entry).find((address) => !this.entries.has(address));
    return missing === undefined ? undefined : 'reference-unknown';
  }
}

function addressOf(kind: DirectoryKind, institutionCode: string, code: string): string {
  return `${kind} ${institutionCode} ${code}`;
}

/** What has to be registered before an entry may be. */
export function requiredAddresses(kind: DirectoryKind, entry: Entry): readonly string[] {
  if (kind === 'institution') return [];
  const { institutionCode, details } = entry;
  const departments = [
    ...('parentCode' in details && details.parentCode !== null ? [details.parentCode] : []),
    ...('departmentCodes' in details ? details.departmentCodes : []),
    ...('departmentCode' in details ? [details.departmentCode] : []),
  ];
  const doctors = 'doctorCode' in details && details.doctorCode !== null ? [details.doctorCode] : [];
  return [
    addressOf('institution', institutionCode, institutionCode),
    ...departments.map((code) => addressOf('department', institutionCode, code)),
    ...doctors.map((code) => addressOf('doctor', institutionCode, code)),
  ];
}
