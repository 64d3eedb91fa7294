import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IntervalLine, LineFull } from './interval-line.ts';

const turns = async () => {
  for (let turn = 0; turn < 5; turn += 1) await undefined;
};

describe('the line of an interval', () => {
  it('admits as many at a time as slots are free, and tells the next as soon as nothing is left', async () => {
    let free = 1;
    const line = new IntervalLine(10);
    expect(await line.enter(() => free)).toBe(true);
    const told: string[] = [];
    const later = ['second', 'third'].map(async (name) => {
      told.push(`${name} ${await line.enter(() => free)}`);
    });
    await turns();
    expect(told).toEqual([]);
    free = 0;
    line.leave();
    await Promise.all(later);
    expect(told).toEqual(['second false', 'third false']);
    expect(line.idle).toBe(true);
  });

  it('lets the next in line try when the one before came to nothing', async () => {
    const line = new IntervalLine(10);
    await line.enter(() => 1);
    const order: string[] = [];
    const later = ['second', 'third'].map(async (name) => {
      if (await line.enter(() => 1)) order.push(name);
    });
    line.leave();
    await turns();
    expect(order).toEqual(['second']);
    line.leave();
    await Promise.all(later);
    expect(order).toEqual(['second', 'third']);
  });

  it('turns away at once when nothing is free and nobody tries', async () => {
    expect(await new IntervalLine(10).enter(() => 0)).toBe(false);
  });

  it('takes no more than so many in line', async () => {
    const line = new IntervalLine(1);
    await line.enter(() => 1);
    const waiting = line.enter(() => 0);
    await expect(line.enter(() => 0)).rejects.toThrow(LineFull);
    line.leave();
    expect(await waiting).toBe(false);
  });

  it('gives the slots to those who came first, whoever comes to nothing, and leaves nobody waiting', async () => {
    const caller = fc.constantFrom('books', 'comes to nothing');
    await fc.assert(
      fc.asyncProperty(fc.nat(6), fc.array(caller, { maxLength: 40 }), async (slots, callers) => {
        let free = slots;
        const line = new IntervalLine(1000);
        const booked: number[] = [];
        const answers = callers.map(async (what, number) => {
          if (!(await line.enter(() => free))) return 'told';
          await turns();
          if (what === 'books') {
            free -= 1;
            booked.push(number);
          }
          line.leave();
          return what;
        });
        const came = await Promise.all(answers);
        expect(free).toBeGreaterThanOrEqual(0);
        const wanting = callers.flatMap((what, number) => (what === 'books' ? [number] : []));
        expect([...booked].sort((a, b) => a - b)).toEqual(wanting.slice(0, slots));
        expect(came.filter((what) => what === 'told').length).toBeLessThanOrEqual(callers.length);
        expect(line.idle).toBe(true);
      }),
      { numRuns: 200 },
    );
  });
});
