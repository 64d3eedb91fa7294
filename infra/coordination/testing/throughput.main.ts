import { randomUUID } from 'node:crypto';
import { openCoordination } from '../open.ts';
import { RedisServer } from './redis-server.ts';

/**
 * Measures one client: on a server of its own that syncs every write, on REDIS_URL when set, or with the
 * argument `in-process` without Redis.
 */
const ARRIVALS = 20_000;
const ROUNDS = 4;

const needsServer = process.argv[2] !== 'in-process' && !process.env.REDIS_URL;
const server = needsServer ? await RedisServer.start() : undefined;
const redisUrl = process.argv[2] === 'in-process' ? undefined : (server?.url ?? process.env.REDIS_URL);
const { tickets, limits, close } = await openCoordination({ redisUrl, prefix: `throughput-${randomUUID()}` });

async function measure(what: string, count: number, work: () => Promise<unknown>): Promise<void> {
  const start = performance.now();
  await work();
  const perSecond = Math.round((count / (performance.now() - start)) * 1_000);
  process.stdout.write(`${JSON.stringify({ what, count, perSecond })}\n`);
}

for (let round = 0; round < ROUNDS; round++) {
  const queue = `round-${round}`;
  const holders = Array.from({ length: ARRIVALS }, (_, index) => `holder-${index}`);
  const rate = { limit: 100, windowMs: 60_000 };
  await measure('arrivals at once', ARRIVALS, () =>
    Promise.all(holders.map((holder) => tickets.take(queue, holder))),
  );
  const taken = await Promise.all(holders.map((holder) => tickets.take(queue, holder)));
  await measure('positions at once', ARRIVALS, () =>
    Promise.all(taken.map((ticket) => tickets.position(queue, ticket))),
  );
  await measure('rate limits, 500 at a time', ARRIVALS, async () => {
    for (let start = 0; start < ARRIVALS; start += 500) {
      await Promise.all(holders.slice(start, start + 500).map((holder) => limits.take(holder, rate)));
    }
  });
  await measure('served by 200', ARRIVALS, async () => {
    for (let called = 0; called < ARRIVALS; called += 200) await tickets.serve(queue, 200);
  });
}

await close();
await server?.remove();
