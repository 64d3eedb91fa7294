import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsePartners, readPartnerFile } from './partner-credential.ts';
import { partnerOf } from './testing/receipt-sender.ts';

const partner = { ...partnerOf('DUMMY001831011811A1001'), callbackUrl: 'http://127.0.0.1:9400' };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'partners-'));
});

afterAll(() => rm(folder, { recursive: true }));

describe('a file of partners', () => {
  it('is read', async () => {
    const file = join(folder, 'good.json');
    await writeFile(file, JSON.stringify([partner]));
    expect(await readPartnerFile(file)).toEqual([partner]);
  });

  it('that is broken is named, and no secret with it', async () => {
    const file = join(folder, 'bad.json');
    await writeFile(file, JSON.stringify([{ ...partner, name: '' }]));
    await expect(readPartnerFile(file)).rejects.toThrow(`partner file ${file}: partner 0 has no name`);
  });

  it('that is not JSON is named without what stands in it', async () => {
    const file = join(folder, 'broken.json');
    await writeFile(file, `[{"secret":${partner.secret}}]`);
    const failure = await readPartnerFile(file).catch((error: unknown) => String(error));
    expect(failure).toBe(`Error: partner file ${file}: not JSON`);
  });

  it.each([
    [{}, 'a list'],
    [[null], 'not an object'],
    [[{ ...partner, secret: 7 }], 'no secret'],
    [[{ ...partner, secret: 'short' }], 'short secret'],
  ])('must have the right form: %#', (value, message) => {
    expect(() => parsePartners(value)).toThrow(message);
  });
});
