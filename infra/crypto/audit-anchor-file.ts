import { open, readFile } from 'node:fs/promises';
import { isHead, parseJson } from './audit-entry.ts';
import type { AuditAnchor, AuditAnchorStore } from './audit-log.ts';

/** A line of the anchor file is not an anchor. */
export class AuditAnchorFileError extends Error {
  override readonly name = 'AuditAnchorFileError';
}

/**
 * Anchors in a JSONL file. It is worth something only where those who can write the audit folder cannot write: on
 * another machine's mount or a medium that is written once.
 */
export class AuditAnchorFile implements AuditAnchorStore {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async put({ file, seq, mac, at }: AuditAnchor): Promise<void> {
    const handle = await open(this.#path, 'a', 0o600);
    try {
      await handle.appendFile(`${JSON.stringify({ file, seq, mac, at })}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  /**
   * @throws AuditAnchorFileError naming the line that is no anchor
   * @throws NodeJS.ErrnoException ENOENT when there is no such file
   */
  async list(): Promise<readonly AuditAnchor[]> {
    const lines = (await readFile(this.#path, 'utf8')).split('\n').filter((line) => line !== '');
    return lines.map((line, index) => {
      const value = parseJson(line);
      if (isAnchor(value)) return value;
      throw new AuditAnchorFileError(`line ${index + 1} of the anchor file is not an anchor`);
    });
  }
}

function isAnchor(value: unknown): value is AuditAnchor {
  return isHead(value) && 'at' in value && typeof value.at === 'string';
}
