import type { IncomingHttpHeaders } from 'node:http';
import { SIGNATURE_HEADERS, SIGNATURE_WINDOW_SECONDS } from '@qingpu/contracts/partners/hospital/signature';
import { bodyDigest, verifyRequest } from '@qingpu/crypto/request-signing';
import type { PartnerCredential } from './partner-credential.ts';

/** What the gate needs to know of who may sign. */
export type GatePartner = Pick<PartnerCredential, 'partnerId' | 'secret'>;

/** A request as it came in; `target` is path and query exactly as sent. */
export interface ReceivedRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

export type GateFault =
  | 'signature-missing'
  | 'partner-unknown'
  | 'timestamp-outside-window'
  | 'nonce-malformed'
  | 'signature-wrong'
  | 'nonce-replayed'
  | 'nonce-memory-full';

export type GateResult<Partner> = { readonly partner: Partner } | { readonly fault: GateFault };

const WINDOW_MS = SIGNATURE_WINDOW_SECONDS * 1000;
const NONCE = /^[A-Za-z0-9-]{16,64}$/;
const MOST_NONCES = 100_000;

/** Lets in what a known partner signed, lately and for the first time. */
export class SignatureGate<Partner extends GatePartner> {
  readonly #partners: ReadonlyMap<string, Partner>;
  readonly #now: () => number;
  readonly #mostNonces: number;
  /** Partner and nonce → when it may be forgotten; in order of arrival, hence of expiry. */
  readonly #nonces = new Map<string, number>();

  constructor(partners: readonly Partner[], now: () => number, mostNonces = MOST_NONCES) {
    this.#partners = new Map(partners.map((partner) => [partner.partnerId, partner]));
    this.#now = now;
    this.#mostNonces = mostNonces;
  }

  check(request: ReceivedRequest): GateResult<Partner> {
    const header = (name: string): string | undefined => {
      const value = request.headers[name];
      return typeof value === 'string' && value !== '' ? value : undefined;
    };
    const partnerId = header(SIGNATURE_HEADERS.partner);
    const timestamp = header(SIGNATURE_HEADERS.timestamp);
    const nonce = header(SIGNATURE_HEADERS.nonce);
    const signature = header(SIGNATURE_HEADERS.signature);
    if (!partnerId || !timestamp || !nonce || !signature) return { fault: 'signature-missing' };
    const partner = this.#partners.get(partnerId);
    if (!partner) return { fault: 'partner-unknown' };
    if (!this.#isTimely(timestamp)) return { fault: 'timestamp-outside-window' };
    if (!NONCE.test(nonce)) return { fault: 'nonce-malformed' };
    const signed = {
      method: request.method,
      target: request.target,
      timestamp,
      nonce,
      idempotencyKey: header(SIGNATURE_HEADERS.idempotencyKey) ?? '',
      bodyDigest: bodyDigest(request.body),
    };
    if (!verifyRequest(partner.secret, signed, signature)) return { fault: 'signature-wrong' };
    // Only after the signature: a stranger must not be able to fill the memory.
    const fault = this.#remember(`${partnerId} ${nonce}`);
    return fault ? { fault } : { partner };
  }

  #isTimely(timestamp: string): boolean {
    return /^\d{1,16}$/.test(timestamp) && Math.abs(Number(timestamp) - this.#now()) <= WINDOW_MS;
  }

  /** Kept for both halves of the window: a request from the future stays valid the longest. */
  #remember(nonce: string): GateFault | undefined {
    const now = this.#now();
    for (const [known, expiry] of this.#nonces) {
      if (expiry >= now) break;
      this.#nonces.delete(known);
    }
    if (this.#nonces.has(nonce)) return 'nonce-replayed';
    // Forgetting a live nonce would open the door to a replay; refusing for a while does not.
    if (this.#nonces.size >= this.#mostNonces) return 'nonce-memory-full';
    this.#nonces.set(nonce, now + 2 * WINDOW_MS);
    return undefined;
  }
}
