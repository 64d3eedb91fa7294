import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Every file below a folder. */
export async function filesBelow(folder: string): Promise<string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Which of the texts stand in which files, as `file: text`; empty when none does. */
export async function filesHolding(files: readonly string[], texts: readonly string[]): Promise<string[]> {
  const holding = await Promise.all(
    files.map(async (file) => {
      const bytes = await readFile(file);
      return texts.filter((text) => bytes.includes(text)).map((text) => `${file}: ${text}`);
    }),
  );
  return holding.flat();
}

/** Which of the texts stand in rows of a SQLite file; pages that only deleted content lies on are not looked at. */
export function rowsHolding(file: string, texts: readonly string[]): string[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    return tables.flatMap(({ name }) => {
      const rows = database.prepare(`SELECT * FROM "${String(name)}"`).all();
      const content = Buffer.concat(rows.flatMap((row) => Object.values(row).map(bytesOf)));
      return texts.filter((text) => content.includes(text)).map((text) => `${String(name)}: ${text}`);
    });
  } finally {
    database.close();
  }
}

function bytesOf(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(String(value));
}
