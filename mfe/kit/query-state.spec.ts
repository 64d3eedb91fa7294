import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pageOfQuery, readQuery, searchOf, writeQuery } from './query-state.ts';

const DEFAULTS = { q: '', status: 'active', page: '1' } as const;

describe('filters in the URL', () => {
  it('leave out defaults, so that a plain list has a plain address', () => {
    expect(writeQuery({ q: '', status: 'active', page: '1' }, DEFAULTS)).toBe('');
    expect(writeQuery({ q: '中山', status: 'all', page: '1' }, DEFAULTS)).toBe(
      '?q=%E4%B8%AD%E5%B1%B1&status=all',
    );
  });

  it('come back as they were written', () => {
    const filters = fc.record({
      q: fc.string({ minLength: 1 }),
      status: fc.constantFrom('active', 'all'),
      page: fc.constantFrom('1', '7'),
    });
    fc.assert(
      fc.property(filters, (values) => {
        expect(readQuery(writeQuery(values, DEFAULTS), DEFAULTS)).toEqual(values);
      }),
    );
  });

  it('ignore what is not declared', () => {
    expect(readQuery('?q=a&__proto__=x&other=1', DEFAULTS)).toEqual({ ...DEFAULTS, q: 'a' });
  });

  it('leave out empty values of requests', () => {
    expect(searchOf({ q: '', page: 2, expert: true, institution: undefined })).toBe('?page=2&expert=true');
  });

  it.each([
    ['3', 3],
    ['0', 1],
    ['-1', 1],
    ['1.5', 1],
    ['x', 1],
    ['', 1],
  ])('read page %s as %i', (text, page) => expect(pageOfQuery(text)).toBe(page));
});
