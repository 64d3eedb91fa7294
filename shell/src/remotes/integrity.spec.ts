import { describe, expect, it } from 'vitest';
import { IntegrityIndex, UnlistedFile } from './integrity.ts';

const BASE = 'https://here.invalid/portal/institutions';

function index(): IntegrityIndex {
  const made = new IntegrityIndex();
  made.add({ '/mfe/a/x.js': 'sha384-old' });
  return made;
}

describe('integrity of remotes', () => {
  it('knows listed files by path, whatever the form of their URL', () => {
    expect(index().integrityOf('/mfe/a/x.js', BASE)).toBe('sha384-old');
    expect(index().integrityOf('https://here.invalid/mfe/a/x.js', BASE)).toBe('sha384-old');
    expect(index().integrityOf('/mfe/b/../a/x.js', BASE)).toBe('sha384-old');
  });

  it('refuses an unlisted file of a remote and every file from elsewhere', () => {
    expect(() => index().integrityOf('/mfe/a/y.js', BASE)).toThrow(UnlistedFile);
    expect(() => index().integrityOf('https://cdn.example/x.js', BASE)).toThrow(UnlistedFile);
    expect(() => index().integrityOf('//cdn.example/x.js', BASE)).toThrow(UnlistedFile);
  });

  it("asks nothing of the shell's own files", () => {
    expect(index().integrityOf('/static/js/index.js', BASE)).toBeUndefined();
  });

  it('keeps the files of the version a page was opened with', () => {
    const made = index();
    made.add({ '/mfe/a/z.js': 'sha384-new' });
    expect(made.integrityOf('/mfe/a/x.js', BASE)).toBe('sha384-old');
  });
});
