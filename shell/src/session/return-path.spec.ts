import { describe, expect, it } from 'vitest';
import { safeReturnPath, signInPath } from './return-path.ts';

describe('return path', () => {
  it.each(['/desk', '/desk/directory/doctors?expert=true#top'])('keeps %s', (path) => {
    const address = new URL(signInPath(path), 'https://here.invalid');
    expect(safeReturnPath(address.searchParams.get('return'))).toBe(path);
  });

  it.each([
    null,
    '',
    'desk',
    '//evil.example/x',
    '/\\evil.example',
    '/\t/evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/sign-in?return=/sign-in',
  ])('leads home instead of %s', (wanted) => {
    expect(safeReturnPath(wanted)).toBe('/');
  });
});
