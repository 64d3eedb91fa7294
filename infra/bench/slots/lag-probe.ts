import type { Answer } from './http-connection.ts';

/** Sends a query again until its answer includes what it was asked for. */
const MOST_TRIES = 50;

/**
 * How long it takes from now on until a query that names a log position is answered with a view that has it.
 * @returns milliseconds; undefined when it never was
 */
export async function timeUntilFresh(
  send: (request: string) => Promise<Answer>,
  request: string,
): Promise<number | undefined> {
  const begun = performance.now();
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const { status, body } = await send(request);
    if (status !== 200) return undefined;
    if (body.includes('"stale":false')) return performance.now() - begun;
  }
  return undefined;
}
