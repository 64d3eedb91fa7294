import { allEntries } from '@qingpu/mfe-kit/all-entries';
import type { DirectoryReader } from '@qingpu/mfe-kit/directory';
import { describe, expect, it, vi } from 'vitest';
import { clinicsOfDepartment } from './clinics.ts';

/** A directory with as many entries of each kind as are named. */
function directoryWith(counts: Readonly<Record<string, number>>) {
  const list = vi.fn(async (kind: string, { page = 1, size = 20 }: { page?: number; size?: number }) => {
    const total = counts[kind] ?? 0;
    const start = (page - 1) * size;
    const items = Array.from({ length: Math.max(0, Math.min(size, total - start)) }, (_, index) => ({
      kind,
      code: `${kind}-${start + index}`,
    }));
    return { items, total, page, size };
  });
  return { list, directory: { list } as unknown as DirectoryReader };
}

const { signal } = new AbortController();

describe('whole lists', () => {
  it.each([
    [0, 1],
    [1, 1],
    [100, 1],
    [101, 2],
    [250, 3],
  ])('of %i entries arrive complete in %i requests', async (total, requests) => {
    const { list, directory } = directoryWith({ clinic: total });
    const found = await allEntries(directory, 'clinic', { institution: 'I' }, signal);
    expect(new Set(found.map(({ code }) => code)).size).toBe(total);
    expect(list).toHaveBeenCalledTimes(requests);
    expect(list).toHaveBeenLastCalledWith('clinic', { institution: 'I', page: requests, size: 100 }, signal);
  });

  it('end with the last entry there is, even when fewer come than were announced', async () => {
    const list = vi.fn(async () => ({ items: [], total: 7 }));
    expect(await allEntries({ list } as unknown as DirectoryReader, 'clinic', {}, signal)).toEqual([]);
    expect(list).toHaveBeenCalledTimes(1);
  });

  it('of clinics hold those on the spot before those on the internet', async () => {
    const { directory } = directoryWith({ clinic: 101, internetClinic: 102 });
    const clinics = await clinicsOfDepartment(directory, 'I', 'D', signal);
    expect(clinics).toHaveLength(203);
    expect(clinics.findIndex(({ kind }) => kind === 'internetClinic')).toBe(101);
  });
});
