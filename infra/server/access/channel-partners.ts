import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

const channelPartnerSchema = z.object({
  partnerId: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  secret: z.string().min(32),
  name: z.string().min(1),
  channel: z.enum(['cityPlatform', 'thirdParty']),
});

/** A booking platform that sells the district's slots: the city's, or a third party's (F4.01, F4.03). */
export type ChannelPartner = z.infer<typeof channelPartnerSchema>;

export class ChannelPartners {
  readonly #byId: ReadonlyMap<string, ChannelPartner>;

  constructor(partners: readonly ChannelPartner[]) {
    this.#byId = new Map(partners.map((partner) => [partner.partnerId, partner]));
  }

  all(): readonly ChannelPartner[] {
    return [...this.#byId.values()];
  }

  byId(partnerId: string): ChannelPartner | undefined {
    return this.#byId.get(partnerId);
  }
}

/** Under which account a platform's bookings stand; no resident's account begins like this. */
export function channelAccount(partnerId: string): string {
  return `platform:${partnerId}`;
}

/** Reads the file of booking platforms; none where there is no file. @throws Error naming the file, and no secret */
export async function readChannelPartners(file: string): Promise<ChannelPartner[]> {
  if (!existsSync(file)) return [];
  const parsed = z.array(channelPartnerSchema).safeParse(jsonOf(await readFile(file, 'utf8')));
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map(({ path }) => path.join('.')).join(', ');
  throw new Error(`the file of booking platforms ${file} is malformed at: ${places}`);
}

/** Undefined for what is no JSON: the parser's own message would quote the text around the fault. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
