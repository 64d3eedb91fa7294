import { describe, expect, it } from 'vitest';
import { entryPath, listPath } from './directory.ts';

describe('paths of the directory', () => {
  it('name kinds as the API does and escape codes', () => {
    expect(listPath('internetClinic')).toBe('/api/directory/internet-clinics');
    expect(entryPath('department', { institutionCode: 'X', code: 'a/b' })).toBe(
      '/api/directory/departments/X/a%2Fb',
    );
  });
});
