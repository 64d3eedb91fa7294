import { randomUUID } from 'node:crypto';
import {
  IDENTITY_CHECK_PATH,
  IDENTITY_REGISTER_KEY_HEADER,
  type IdentityCheck,
  type IdentityCheckAnswer,
  identityCheckAnswerSchema,
} from '@qingpu/contracts/partners/identity-register/identity-check';
import {
  type IdentityRegister,
  IdentityRegisterUnavailable,
  type IdentityVerdict,
  type NamedIdentity,
} from '@qingpu/domains-residents/ports';

export interface IdentityRegisterAddress {
  readonly url: string;
  readonly apiKey: string;
}

export interface IdentityRegisterLimits {
  readonly attempts: number;
  /** For one attempt. */
  readonly timeoutMs: number;
  /** Before the second attempt; it doubles each time. */
  readonly firstPauseMs: number;
  /** Checks under way at the same time; more are turned away instead of waiting without bound. */
  readonly mostUnderWay: number;
}

const LIMITS: IdentityRegisterLimits = {
  attempts: 3,
  timeoutMs: 2_000,
  firstPauseMs: 150,
  mostUnderWay: 100,
};
/** Largest answer of the register that is read, in bytes. */
const MAX_ANSWER_BYTES = 16 * 1024;

/**
 * The national register of identities over HTTP. A check changes nothing there, so that it may be repeated; an answer
 * to another request, or one that cannot be read, is no answer.
 */
export class HttpIdentityRegister implements IdentityRegister {
  readonly #address: IdentityRegisterAddress;
  readonly #limits: IdentityRegisterLimits;
  #underWay = 0;

  constructor(address: IdentityRegisterAddress, limits: Partial<IdentityRegisterLimits> = {}) {
    this.#address = address;
    this.#limits = { ...LIMITS, ...limits };
  }

  async check({ name, identityKind, identityNumber }: NamedIdentity): Promise<IdentityVerdict> {
    if (this.#underWay >= this.#limits.mostUnderWay) throw new IdentityRegisterUnavailable('too busy');
    const check = { requestId: randomUUID(), name, identityKind, identityNumber };
    this.#underWay += 1;
    try {
      return verdictOf(await this.#askUntilAnswered(check));
    } finally {
      this.#underWay -= 1;
    }
  }

  async #askUntilAnswered(check: IdentityCheck): Promise<IdentityCheckAnswer> {
    const { attempts, firstPauseMs } = this.#limits;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#ask(check);
      } catch (error) {
        if (attempt >= attempts) throw error;
        await new Promise((resolve) => setTimeout(resolve, firstPauseMs * 2 ** (attempt - 1)));
      }
    }
  }

  /** @throws IdentityRegisterUnavailable with a stable reason, never what the register said */
  async #ask(check: IdentityCheck): Promise<IdentityCheckAnswer> {
    const response = await this.#post(check);
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new IdentityRegisterUnavailable(`status-${response.status}`);
    }
    const answer = identityCheckAnswerSchema.safeParse(await readJson(response));
    if (!answer.success || answer.data.requestId !== check.requestId)
      throw new IdentityRegisterUnavailable('wrong-answer');
    return answer.data;
  }

  async #post(check: IdentityCheck): Promise<Response> {
    const { url, apiKey } = this.#address;
    try {
      return await fetch(new URL(IDENTITY_CHECK_PATH, url), {
        method: 'POST',
        headers: { 'content-type': 'application/json', [IDENTITY_REGISTER_KEY_HEADER]: apiKey },
        body: JSON.stringify(check),
        signal: AbortSignal.timeout(this.#limits.timeoutMs),
        redirect: 'error',
      });
    } catch (error) {
      throw new IdentityRegisterUnavailable('unreachable', { cause: error });
    }
  }
}

function verdictOf({ result, reference }: IdentityCheckAnswer): IdentityVerdict {
  return result === 'match' ? { result: 'verified', reference } : { result };
}

async function readJson(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // The register need not announce how long its answer is.
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength;
      if (size > MAX_ANSWER_BYTES) throw new Error('too large');
      chunks.push(chunk);
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    // The cause may quote the answer, in which a name can stand.
    throw new IdentityRegisterUnavailable('wrong-answer');
  }
}

/** For installations whose register is not connected: nobody is registered on anybody's word. */
export class NoIdentityRegister implements IdentityRegister {
  async check(): Promise<never> {
    throw new IdentityRegisterUnavailable('not connected');
  }
}
