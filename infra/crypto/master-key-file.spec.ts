import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  loadMasterKeys,
  loadOrCreateMasterKeys,
  MasterKeyFileError,
  parseMasterKeys,
  rotateMasterKey,
} from './master-key-file.ts';
import { SoftwareProvider } from './software-provider.ts';

const HEX = '0123456789abcdef'.repeat(4);

describe('master key file', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'qingpu-keys-'));
    path = join(folder, 'keys', 'master-keys.json');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is created for its owner only, and read again', async () => {
    const created = await loadOrCreateMasterKeys(path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await loadOrCreateMasterKeys(path)).toEqual(created);
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({
      keys: [{ id: created.current }],
      current: created.current,
    });
  });

  it('is the same for all processes that start at once, and leaves nothing behind', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => loadOrCreateMasterKeys(path)));
    for (const keys of all) expect(keys).toEqual(all[0]);
    expect(await readdir(join(folder, 'keys'))).toEqual(['master-keys.json']);
  });

  it.each([0o640, 0o604, 0o660, 0o622])('is refused with mode %o', async (mode) => {
    await loadOrCreateMasterKeys(path);
    await chmod(path, mode);
    await expect(loadMasterKeys(path)).rejects.toThrow(MasterKeyFileError);
    await expect(loadOrCreateMasterKeys(path)).rejects.toThrow(MasterKeyFileError);
  });

  it('keeps old generations and the root when it is rotated', async () => {
    const first = await loadOrCreateMasterKeys(path);
    const second = await rotateMasterKey(path);
    expect(second.current).not.toBe(first.current);
    expect(second.root).toBe(first.root);
    expect([...second.keys.keys()]).toEqual([first.current, second.current]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('unwraps with every generation what that generation wrapped', async () => {
    await loadOrCreateMasterKeys(path);
    const keys = await rotateMasterKey(path);
    const provider = new SoftwareProvider(keys);
    for (const id of provider.masterKeys.all) {
      const dataKey = provider.randomBytes(32);
      const wrapped = await provider.wrapKey(id, dataKey, 'a purpose');
      expect(await provider.unwrapKey(id, wrapped, 'a purpose')).toEqual(dataKey);
    }
  });

  it('is never created over a damaged one', async () => {
    await loadOrCreateMasterKeys(path);
    await writeFile(path, '{"keys": [');
    await expect(loadOrCreateMasterKeys(path)).rejects.toThrow(MasterKeyFileError);
    expect(await readFile(path, 'utf8')).toBe('{"keys": [');
  });

  it('needs no root while there is one key', () => {
    expect(parseMasterKeys(JSON.stringify({ keys: [{ id: 'k1', hex: HEX }], current: 'k1' }))).toMatchObject({
      current: 'k1',
      root: 'k1',
    });
  });

  it.each([
    ['no JSON', `{"hex": "${HEX}`],
    ['no object', '[]'],
    ['no keys', '{"keys": [], "current": "k1"}'],
    ['a short key', '{"keys": [{"id": "k1", "hex": "00ff"}], "current": "k1"}'],
    ['a key without id', `{"keys": [{"hex": "${HEX}"}], "current": "k1"}`],
    ['an unknown current', `{"keys": [{"id": "k1", "hex": "${HEX}"}], "current": "k2"}`],
    [
      'two keys and no root',
      `{"keys": [{"id": "k1", "hex": "${HEX}"}, {"id": "k2", "hex": "${HEX}"}], "current": "k2"}`,
    ],
    [
      'an id twice',
      `{"keys": [{"id": "k1", "hex": "${HEX}"}, {"id": "k1", "hex": "${HEX}"}], "current": "k1"}`,
    ],
  ])('is refused with %s, and the message shows nothing of it', (_, text) => {
    expect(() => parseMasterKeys(text)).toThrow(MasterKeyFileError);
    expect(() => parseMasterKeys(text)).not.toThrow(/0123|00ff|k2/);
  });
});
