import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CoordinationUnavailable, QueueFull, type Ticket } from '../coordination.ts';
import type { Clients } from './clients.ts';
import { FakeQueue } from './fake-queue.ts';

export function ticketQueueContract(get: () => Clients): void {
  describe('tickets', () => {
    it('are numbered in the order of arrival, also through several clients', async () => {
      const { one, other } = get();
      const queue = randomUUID();
      const first = await one.tickets.take(queue, 'a');
      const second = await other.tickets.take(queue, 'b');
      const third = await one.tickets.take(queue, 'c');
      expect(second.number).toBeGreaterThan(first.number);
      expect(third.number).toBeGreaterThan(second.number);
      expect(await other.tickets.position(queue, third)).toEqual({ kind: 'waiting', ahead: 2 });
      expect(await one.tickets.serve(queue, 10)).toEqual([first, second, third]);
    });

    it('are the same for the same holder, before and after they are called', async () => {
      const { one, other } = get();
      const queue = randomUUID();
      const ticket = await one.tickets.take(queue, 'a');
      expect(await other.tickets.take(queue, 'a')).toEqual(ticket);
      expect(await other.tickets.serve(queue, 1)).toEqual([ticket]);
      expect(await one.tickets.take(queue, 'a')).toEqual(ticket);
      expect(await one.tickets.position(queue, ticket)).toEqual({ kind: 'called' });
      expect(await one.tickets.serve(queue, 1)).toEqual([]);
    });

    it('that are left leave a gap, and the holder begins again at the end', async () => {
      const { one } = get();
      const queue = randomUUID();
      const left = await one.tickets.take(queue, 'a');
      const other = await one.tickets.take(queue, 'b');
      expect(await one.tickets.leave(queue, left)).toBe(true);
      expect(await one.tickets.leave(queue, left)).toBe(false);
      expect(await one.tickets.position(queue, left)).toEqual({ kind: 'unknown' });
      const again = await one.tickets.take(queue, 'a');
      expect(again.number).toBeGreaterThan(other.number);
      expect(await one.tickets.leave(queue, left)).toBe(false);
      expect(await one.tickets.serve(queue, 2)).toEqual([other, again]);
      expect(await one.tickets.leave(queue, again)).toBe(false);
    });

    it('of two thousand simultaneous arrivals keep the order of the calls and are each called once', async () => {
      const { one, other } = get();
      const queue = randomUUID();
      const holders = Array.from({ length: 2_000 }, (_, index) => `holder-${index}`);
      const tickets = await Promise.all(holders.map((holder) => one.tickets.take(queue, holder)));
      const called = await Promise.all(
        holders.flatMap((_, index) =>
          index % 100 === 0 ? [(index % 200 === 0 ? one : other).tickets.serve(queue, 100)] : [],
        ),
      );
      expect(called.flat().toSorted((a, b) => a.number - b.number)).toEqual(tickets);
    });

    it('are one for a holder who arrives many times at once, among others', async () => {
      const { one, other } = get();
      const queue = randomUUID();
      const arrivals = Array.from({ length: 60 }, (_, index) =>
        (index % 2 === 0 ? one : other).tickets.take(queue, `holder-${index % 3}`),
      );
      const numbers = (await Promise.all(arrivals)).map(({ number }) => number);
      expect(new Set(numbers).size).toBe(3);
      expect(await one.tickets.waiting(queue)).toBe(3);
    });

    it('are given up to the last place of simultaneous arrivals, and to nobody more', async () => {
      const { tickets } = await get().open({ queues: { waiting: 7 } });
      const queue = randomUUID();
      const arrivals = Array.from({ length: 20 }, (_, index) => tickets.take(queue, `holder-${index}`));
      const outcomes = await Promise.allSettled(arrivals);
      expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual(
        outcomes.map((_, index) => index < 7),
      );
      expect(await tickets.waiting(queue)).toBe(7);
    });

    it('are refused when the queue is full, but for holders who have one', async () => {
      const { tickets } = await get().open({ queues: { waiting: 2, tickets: 3 } });
      const queue = randomUUID();
      const first = await tickets.take(queue, 'a');
      await tickets.take(queue, 'b');
      await expect(tickets.take(queue, 'c')).rejects.toThrow(QueueFull);
      expect(await tickets.take(queue, 'a')).toEqual(first);
      expect(await tickets.waiting(queue)).toBe(2);
      await tickets.serve(queue, 2);
      await tickets.take(queue, 'c');
      await expect(tickets.take(queue, 'd')).rejects.toThrow(QueueFull);
    });

    it('end with their queue as a whole, and a queue of the same name begins with higher numbers', async () => {
      const { tickets } = await get().open({ queues: { lifeMs: 40 } });
      const queue = randomUUID();
      const called = await tickets.take(queue, 'a');
      await tickets.serve(queue, 1);
      const waiting = await tickets.take(queue, 'b');
      await expect.poll(() => tickets.position(queue, called), POLL).toEqual({ kind: 'unknown' });
      await expect.poll(() => tickets.position(queue, waiting), POLL).toEqual({ kind: 'unknown' });
      const next = await tickets.take(queue, 'a');
      expect(next.number).toBeGreaterThan(waiting.number);
      await expect.poll(() => tickets.waiting(queue), POLL).toBe(0);
    });

    it('refuse names and counts that are out of bounds', async () => {
      const { tickets } = get().one;
      for (const name of ['', 'a b', 'a{b}', '青浦', 'x'.repeat(201)]) {
        await expect(tickets.take(name, 'a')).rejects.toThrow(RangeError);
        await expect(tickets.take('q', name)).rejects.toThrow(RangeError);
      }
      for (const count of [0, -1, 1.5, 1_001, Number.NaN]) {
        await expect(tickets.serve('q', count)).rejects.toThrow(RangeError);
      }
    });

    it('fail as unavailable after closing', async () => {
      const closed = await get().open({});
      await closed.close();
      await expect(closed.tickets.take('q', 'a')).rejects.toThrow(CoordinationUnavailable);
    });

    it('behave as a plain list does, whatever is done through whichever client', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
          const fake = new FakeQueue();
          const queue = randomUUID();
          for (const { act, holder, client, count } of steps) {
            const { tickets } = get()[client];
            if (act === 'take') fake.taken(await tickets.take(queue, holder));
            else if (act === 'serve') expect(await tickets.serve(queue, count)).toEqual(fake.serve(count));
            else await lookOrLeave(tickets, fake, queue, holder, act);
            expect(await tickets.waiting(queue)).toBe(fake.waiting.length);
          }
        }),
        { numRuns: 40 },
      );
    });

    it('are each called once and in order while arrivals, calls and departures overlap', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
          const queue = randomUUID();
          const taken = new Map<string, number>();
          const left: number[] = [];
          const batches: (readonly Ticket[])[] = [];
          await Promise.all(
            steps.map(async ({ act, client, count }, index) => {
              const { tickets } = get()[client];
              if (act === 'serve') return void batches.push(await tickets.serve(queue, count));
              const ticket = await tickets.take(queue, `holder-${index}`);
              taken.set(ticket.holder, ticket.number);
              if (act === 'leave' && (await tickets.leave(queue, ticket))) left.push(ticket.number);
            }),
          );
          batches.push(await get().one.tickets.serve(queue, 1_000));
          for (const batch of batches) expect(batch).toEqual(batch.toSorted((a, b) => a.number - b.number));
          const called = batches.flat().map((ticket) => ticket.number);
          expect([...called, ...left].toSorted()).toEqual([...taken.values()].toSorted());
        }),
        { numRuns: 40 },
      );
    });
  });
}

const POLL = { timeout: 20_000, interval: 10 };

const step = fc.record({
  act: fc.constantFrom('take', 'take', 'serve', 'leave', 'look'),
  holder: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  client: fc.constantFrom('one', 'other'),
  count: fc.integer({ min: 1, max: 4 }),
});

async function lookOrLeave(
  tickets: Clients['one']['tickets'],
  fake: FakeQueue,
  queue: string,
  holder: string,
  act: 'leave' | 'look',
): Promise<void> {
  const ticket = fake.ticketOf(holder);
  if (act === 'leave') expect(await tickets.leave(queue, ticket)).toBe(fake.leave(ticket));
  else expect(await tickets.position(queue, ticket)).toEqual(fake.position(ticket));
}
