import { randomOf } from '@qingpu/data/random';
import { type Seat, seatsOf, type World } from './world.ts';

/** Who books which seat; `resident` is an index. */
export interface PlannedBooking {
  readonly resident: number;
  readonly seat: Seat;
}

/** As the guidance has them: one booking a day and department, three departments a day. */
const DEPARTMENTS_PER_DAY = 3;

/** Seats and residents in a repeatable disorder, each slot once, and nobody beyond the limits of the rules. */
export function steadyPlan({ steady, residents }: Pick<World, 'steady' | 'residents'>): PlannedBooking[] {
  const seats = shuffled(seatsOf(steady), 'steady seats');
  const taken = new Map<string, Set<string>>();
  let next = 0;
  return seats.flatMap((seat) => {
    for (let tries = 0; tries < residents.length; tries++) {
      const resident = next % residents.length;
      next += 1;
      if (take(taken, resident, seat)) return [{ resident, seat }];
    }
    return [];
  });
}

function take(taken: Map<string, Set<string>>, resident: number, seat: Seat): boolean {
  const day = `${resident} ${seat.date}`;
  const departments = taken.get(day) ?? new Set();
  const department = `${seat.institutionCode} ${seat.departmentCode}`;
  if (departments.has(department) || departments.size >= DEPARTMENTS_PER_DAY) return false;
  taken.set(day, departments.add(department));
  return true;
}

/** Every resident once, each wanting an interval by chance. */
export function rushPlan({ rush, residents }: Pick<World, 'rush' | 'residents'>): PlannedBooking[] {
  const random = randomOf('rush seats');
  const seats = seatsOf(rush);
  return residents.map((_resident, resident) => ({ resident, seat: random.pick(seats) }));
}

/** When each request of a rush is sent, in ms from its beginning: half of all that are left in every second. */
export function rushTimes(count: number): number[] {
  const random = randomOf('rush times');
  const fine = 1_000_000;
  return Array.from({ length: count }, () => -1000 * Math.log2(1 - random.below(fine) / fine)).toSorted(
    (a, b) => a - b,
  );
}

/** When each request of an even, open load is sent: gaps by chance, as callers do who do not know each other. */
export function openTimes(perSecond: number, seconds: number): number[] {
  const random = randomOf('open times');
  const fine = 1_000_000;
  const times: number[] = [];
  for (let at = 0; at < seconds * 1000; ) {
    times.push(at);
    at += (-Math.log(1 - random.below(fine) / fine) * 1000) / perSecond;
  }
  return times;
}

/** Fisher-Yates, the same every time. */
export function shuffled<Item>(items: readonly Item[], seed: string): Item[] {
  const random = randomOf(seed);
  const mixed = [...items];
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = random.below(last + 1);
    [mixed[last], mixed[other]] = [mixed[other] as Item, mixed[last] as Item];
  }
  return mixed;
}
