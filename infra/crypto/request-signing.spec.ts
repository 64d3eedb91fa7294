import type { SignedRequest } from '@qingpu/contracts/partners/hospital/signature';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { utf8 } from './primitives.ts';
import { bodyDigest, signRequest, verifyRequest } from './request-signing.ts';

const SECRET = 'a secret of enough bytes';
const REQUEST: SignedRequest = {
  method: 'POST',
  target: '/api/partner/v1/doctors/batch?page=1',
  timestamp: '1793664000000',
  nonce: '0123456789abcdef',
  idempotencyKey: 'key-1',
  bodyDigest: bodyDigest(utf8('{"医生":[]}')),
};

describe('request signing', () => {
  it('verifies what was signed, whether the secret is text or bytes', () => {
    const signature = signRequest(SECRET, REQUEST);
    expect(verifyRequest(utf8(SECRET), REQUEST, signature)).toBe(true);
    expect(verifyRequest(SECRET, { ...REQUEST, method: 'post' }, signature)).toBe(true);
  });

  it('signs as the OpenSSL command line does', () => {
    expect(signRequest(SECRET, { ...REQUEST, bodyDigest: bodyDigest(new Uint8Array(0)) })).toBe(
      'BrlPwiuGX5AggcFY7aHCmtJLWFH5RXgIF48b4S+DZao=',
    );
  });

  it.each(['method', 'target', 'timestamp', 'nonce', 'idempotencyKey', 'bodyDigest'] as const)(
    'refuses another %s',
    (part) => {
      const changed = { ...REQUEST, [part]: `${REQUEST[part]}0` };
      expect(verifyRequest(SECRET, changed, signRequest(SECRET, REQUEST))).toBe(false);
    },
  );

  it('refuses another secret', () => {
    expect(verifyRequest('another secret of bytes', REQUEST, signRequest(SECRET, REQUEST))).toBe(false);
  });

  it('refuses every other text as signature', () => {
    const signature = signRequest(SECRET, REQUEST);
    const others = fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.constantFrom(`${signature} `, signature.slice(0, -1), signature.replace('=', ''), '', 'é'),
    );
    fc.assert(
      fc.property(others, (other) => {
        expect(verifyRequest(SECRET, REQUEST, other)).toBe(other === signature);
      }),
    );
  });

  it('does not let a line break move the border between two parts', () => {
    const moved = { ...REQUEST, target: `${REQUEST.target}\n${REQUEST.timestamp}`, timestamp: REQUEST.nonce };
    expect(() => signRequest(SECRET, moved)).toThrow(RangeError);
    expect(verifyRequest(SECRET, moved, signRequest(SECRET, REQUEST))).toBe(false);
  });

  it('refuses to work with a short secret', () => {
    expect(() => signRequest('short', REQUEST)).toThrow(RangeError);
    expect(() => verifyRequest('short', REQUEST, '')).toThrow(RangeError);
  });
});
