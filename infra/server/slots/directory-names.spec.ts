import { entryId } from '@qingpu/read-models-institution-directory/view';
import { describe, expect, it, vi } from 'vitest';
import { DirectoryNames } from './directory-names.ts';

describe('names of the directory', () => {
  it('are remembered, but not that nobody knew a code', async () => {
    const id = entryId('institution', 'QP1', 'QP1');
    const known = new Map<string, string>();
    const namesOf = vi.fn(async () => new Map(known));
    const names = new DirectoryNames({ namesOf });
    expect(await names.institution('QP1')).toBe('QP1');
    known.set(id, '青浦望舒医院');
    expect(await names.institution('QP1')).toBe('青浦望舒医院');
    known.set(id, '另一个名字');
    expect(await names.institution('QP1')).toBe('青浦望舒医院');
    expect(namesOf).toHaveBeenCalledTimes(2);
  });
});
