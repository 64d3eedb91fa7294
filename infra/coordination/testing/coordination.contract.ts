import { afterAll, beforeAll, describe } from 'vitest';
import type { Coordination, CoordinationFault } from '../coordination.ts';
import { cacheContract } from './cache.contract.ts';
import type { Clients, OpenForTest } from './clients.ts';
import { locksContract } from './locks.contract.ts';
import { rateLimitsContract } from './rate-limits.contract.ts';
import { ticketQueueContract } from './ticket-queue.contract.ts';
import { topicsContract } from './topics.contract.ts';

/** What every coordination must do; run inside the process and on Redis. */
export function coordinationContract(
  name: string,
  connect: (options: OpenForTest) => Promise<readonly [Coordination, Coordination]>,
): void {
  describe(`coordination contract: ${name}`, () => {
    const opened: Coordination[] = [];
    const faults: CoordinationFault[] = [];
    let clients: Clients | undefined;

    beforeAll(async () => {
      const [one, other] = await connect({ report: (fault) => faults.push(fault) });
      opened.push(one, other);
      const open = async (options: OpenForTest) => {
        const [fresh, second] = await connect({ report: (fault) => faults.push(fault), ...options });
        opened.push(fresh, second);
        return fresh;
      };
      clients = { one, other, faults, open };
    });
    afterAll(async () => {
      for (const coordination of opened) await coordination.close();
    });

    const get = (): Clients => {
      if (!clients) throw new Error('not opened');
      return clients;
    };
    ticketQueueContract(get);
    locksContract(get);
    rateLimitsContract(get);
    cacheContract(get);
    topicsContract(get);
  });
}
