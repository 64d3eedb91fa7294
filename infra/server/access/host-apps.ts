import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const hostAppSchema = z.object({
  partnerId: z.string().regex(/^[a-z0-9-]{1,40}$/),
  secret: z.string().min(32),
  name: z.string().min(1),
  /** Where its pages come from, such as `https://app.example`: they may hold the portal in a frame. */
  origin: z.url().transform((url) => new URL(url).origin),
});

/** An app that embeds the residents' portal, such as 健康青浦. */
export type HostApp = z.infer<typeof hostAppSchema>;

export class HostApps {
  readonly #byId: ReadonlyMap<string, HostApp>;

  constructor(apps: readonly HostApp[]) {
    this.#byId = new Map(apps.map((app) => [app.partnerId, app]));
  }

  byId(partnerId: string): HostApp | undefined {
    return this.#byId.get(partnerId);
  }
}

/** Reads the file of host apps; none where there is no file. @throws Error naming the file, and no secret */
export async function readHostApps(file: string): Promise<HostApp[]> {
  if (!existsSync(file)) return [];
  const parsed = z.array(hostAppSchema).safeParse(jsonOf(await readFile(file, 'utf8')));
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw new Error(`the file of host apps ${file} is malformed at: ${places}`);
}

/** Undefined for what is no JSON: the parser's own message would quote the text around the fault. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
