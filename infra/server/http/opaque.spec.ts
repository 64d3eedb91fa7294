import { sampleInstitutionCode, sampleResidentId } from '@qingpu/contracts/testing/sample-directory';
import { describe, expect, it } from 'vitest';
import { opaquePart, opaquePath } from './opaque.ts';

describe('what of an address is written down', () => {
  it.each([
    ['a code of a hospital', sampleInstitutionCode(7)],
    ['a local code', 'DR00001'],
    ['an opaque id', '7d9fb0c2-3b5e-4a0a-9c53-123456789012'],
    ['a file', 'main.3f9a2b1c.js'],
  ])('is %s', (_what, part) => {
    expect(opaquePart(part)).toBe(part);
  });

  it.each([
    ['an identity number', sampleResidentId(1)],
    ['an identity number in small letters', '31011819800101001x'],
    ['a number behind a prefix', `id-${sampleResidentId(2)}`],
    ['an identity number of 15 digits', '310118800101015'],
    ['a mobile', '13912345678'],
    ['a name, as it is sent', encodeURIComponent('王小明')],
    ['something beyond measure', 'a'.repeat(81)],
    ['something that is no text', 7],
  ])('is not %s', (_what, part) => {
    expect(opaquePart(part)).toBe('?');
  });

  it('is a path part by part, without its query', () => {
    expect(opaquePath('/api/residents/me?after=9')).toBe('/api/residents/me');
    expect(opaquePath(`/api/persons/${sampleResidentId(1)}/x`)).toBe('/api/persons/?/x');
    expect(opaquePath('/')).toBe('/');
  });
});
