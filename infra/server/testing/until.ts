const MOST_LOOKS = 2_400;
const PAUSE_MS = 50;

/**
 * Looks again and again until there is something to see; bounded by a number of looks.
 * @throws Error naming what did not come
 */
export async function until<Seen>(
  what: string,
  look: () => Promise<Seen | undefined | false>,
): Promise<Seen> {
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  throw new Error(`it never came to this: ${what}`);
}
