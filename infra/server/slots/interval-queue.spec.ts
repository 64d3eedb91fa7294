import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IntervalQueue, IntervalQueueFull, type QueuedSlot } from './interval-queue.ts';

const slot = (number: number): QueuedSlot => ({ slotId: `N${number}`, tier: 'public' });
const anySlot = () => true;
const turns = async () => {
  for (let turn = 0; turn < 5; turn += 1) await undefined;
};

describe('the queue of an interval', () => {
  it('hands every caller another slot, in the order of the slots', async () => {
    const queue = new IntervalQueue(10);
    queue.refresh([slot(1), slot(2)], 5n);
    expect([await queue.take(anySlot), await queue.take(anySlot)]).toEqual([slot(1), slot(2)]);
  });

  it('lets later callers wait while slots are undecided, and serves them in the order in which they came', async () => {
    const queue = new IntervalQueue(10);
    queue.refresh([slot(1)], 5n);
    await queue.take(anySlot);
    const served: string[] = [];
    const callers = ['first', 'second'].map(async (name) => {
      const got = await queue.take(anySlot);
      served.push(`${name} ${got?.slotId}`);
    });
    await turns();
    expect(served).toEqual([]);
    queue.handBack(slot(1));
    await turns();
    expect(served).toEqual(['first N1']);
    queue.booked(slot(1), 9n);
    await Promise.all(callers);
    expect(served).toEqual(['first N1', 'second undefined']);
  });

  it('tells at once when nothing is left', async () => {
    const queue = new IntervalQueue(10);
    queue.refresh([slot(1)], 5n);
    await queue.take(anySlot);
    queue.booked(slot(1), 6n);
    expect(await queue.take(anySlot)).toBeUndefined();
  });

  it('keeps slots for those who may have them', async () => {
    const queue = new IntervalQueue(10);
    const community: QueuedSlot = { slotId: 'C1', tier: 'community' };
    queue.refresh([community], 5n);
    expect(await queue.take(({ tier }) => tier === 'public')).toBeUndefined();
    expect(await queue.take(({ tier }) => tier === 'community')).toEqual(community);
  });

  it('does not believe a view that has not come as far as the booking', async () => {
    const queue = new IntervalQueue(10);
    queue.refresh([slot(1)], 5n);
    await queue.take(anySlot);
    queue.booked(slot(1), 9n);
    queue.refresh([slot(1)], 8n);
    expect(await queue.take(anySlot)).toBeUndefined();
    // Booked at 9 and cancelled since: a view at 12 knows better.
    queue.refresh([slot(1)], 12n);
    expect(await queue.take(anySlot)).toEqual(slot(1));
  });

  it('asks a newer view about a slot that was lost to another process', async () => {
    const queue = new IntervalQueue(10);
    queue.refresh([slot(1)], 5n);
    await queue.take(anySlot);
    queue.lost(slot(1), 5n);
    queue.refresh([slot(1)], 5n);
    expect(await queue.take(anySlot)).toBeUndefined();
    queue.refresh([slot(1)], 6n);
    expect(await queue.take(anySlot)).toEqual(slot(1));
  });

  it('takes no more than so many in line', async () => {
    const queue = new IntervalQueue(1);
    queue.refresh([slot(1)], 5n);
    await queue.take(anySlot);
    const waiting = queue.take(anySlot);
    await expect(queue.take(anySlot)).rejects.toThrow(IntervalQueueFull);
    queue.booked(slot(1), 6n);
    expect(await waiting).toBeUndefined();
  });

  it('hands no slot to two callers at a time, keeps the order, and leaves nobody waiting', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 6 }),
        fc.array(fc.constantFrom('come', 'book', 'lose', 'hand back'), { maxLength: 60 }),
        async (slots, steps) => {
          const queue = new IntervalQueue(1000);
          queue.refresh(
            Array.from({ length: slots }, (_, number) => slot(number)),
            1n,
          );
          const held: QueuedSlot[] = [];
          const answered: { readonly caller: number; readonly slot: QueuedSlot | undefined }[] = [];
          let callers = 0;
          for (const step of [...steps, ...Array.from({ length: 200 }, () => 'book')]) {
            if (step === 'come') {
              const caller = callers++;
              void queue.take(anySlot).then((got) => {
                answered.push({ caller, slot: got });
                if (got) held.push(got);
              });
            } else decide(queue, step, held);
            await turns();
            expect(new Set(held.map(({ slotId }) => slotId)).size).toBe(held.length);
          }
          expect(queue.waiting).toBe(0);
          expect(answered).toHaveLength(callers);
          const winners = answered.filter((answer) => answer.slot).map(({ caller }) => caller);
          expect(winners).toEqual([...winners].sort((a, b) => a - b));
        },
      ),
      { numRuns: 100 },
    );
  });
});

function decide(queue: IntervalQueue, step: string, held: QueuedSlot[]): void {
  const [mine] = held.splice(0, 1);
  if (!mine) return;
  if (step === 'book') queue.booked(mine, 2n);
  else if (step === 'lose') queue.lost(mine, 1n);
  else queue.handBack(mine);
}
