import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const partnerSchema = z.object({
  partnerId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  secret: z.string().min(32),
  institutionCode: z.string().length(22),
  name: z.string().min(1),
  callbackUrl: z.url().exactOptional(),
});

/** A hospital's system that may call us and be called. */
export type Partner = z.infer<typeof partnerSchema>;

export class Partners {
  readonly #byId: ReadonlyMap<string, Partner>;
  readonly #byInstitution: ReadonlyMap<string, Partner>;

  constructor(partners: readonly Partner[]) {
    this.#byId = new Map(partners.map((partner) => [partner.partnerId, partner]));
    this.#byInstitution = new Map(partners.map((partner) => [partner.institutionCode, partner]));
  }

  all(): readonly Partner[] {
    return [...this.#byId.values()];
  }

  byId(partnerId: string): Partner | undefined {
    return this.#byId.get(partnerId);
  }

  byInstitution(institutionCode: string): Partner | undefined {
    return this.#byInstitution.get(institutionCode);
  }
}

/** Undefined for what is no JSON: the parser's own message would quote the text around the fault. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads the partners' file. @throws Error naming the file when it is not what it should be; secrets are never named. */
export async function readPartners(file: string): Promise<Partner[]> {
  const parsed = z.array(partnerSchema).safeParse(parseJson(await readFile(file, 'utf8')));
  if (!parsed.success) {
    throw new Error(
      `the partners file ${file} is malformed at: ${parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')}`,
    );
  }
  return parsed.data;
}
