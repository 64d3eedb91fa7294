import { readFile } from 'node:fs/promises';
import { MINIMUM_SECRET_BYTES } from '@qingpu/crypto/request-signing';

/** What a hospital needs to talk to the platform and the platform to the hospital. */
export interface PartnerCredential {
  readonly partnerId: string;
  /** Shared secret of HMAC-SM3, as text; its UTF-8 bytes are the key. */
  readonly secret: string;
  /** The only institution for which this partner may register anything. */
  readonly institutionCode: string;
  readonly name: string;
  /** Where the platform reaches the hospital, without a path, such as `http://127.0.0.1:9400`. */
  readonly callbackUrl?: string;
}

/** Reads a JSON file of partner credentials. @throws Error that names the file and what is wrong, never a secret. */
export async function readPartnerFile(path: string): Promise<readonly PartnerCredential[]> {
  const content = jsonOf(await readFile(path, 'utf8'));
  if (content === undefined) throw new Error(`partner file ${path}: not JSON`);
  try {
    return parsePartners(content);
  } catch (error) {
    throw new Error(`partner file ${path}: ${error instanceof Error ? error.message : 'unreadable'}`);
  }
}

/** The parser's own message quotes what it stumbled over, which may be part of a secret. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Checks a list of partner credentials. @throws TypeError without any secret in its message. */
export function parsePartners(value: unknown): readonly PartnerCredential[] {
  if (!Array.isArray(value)) throw new TypeError('a list of partners is expected');
  return value.map(parsePartner);
}

function parsePartner(value: unknown, index: number): PartnerCredential {
  if (typeof value !== 'object' || value === null) throw new TypeError(`partner ${index} is not an object`);
  const fields = value as Readonly<Record<string, unknown>>;
  const text = (name: string): string => {
    const field = fields[name];
    if (typeof field !== 'string' || field === '') throw new TypeError(`partner ${index} has no ${name}`);
    return field;
  };
  const secret = text('secret');
  if (Buffer.byteLength(secret) < MINIMUM_SECRET_BYTES)
    throw new TypeError(`partner ${index} has a short secret`);
  return {
    partnerId: text('partnerId'),
    secret,
    institutionCode: text('institutionCode'),
    name: text('name'),
    ...(fields.callbackUrl !== undefined && { callbackUrl: text('callbackUrl') }),
  };
}
