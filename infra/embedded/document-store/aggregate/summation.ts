import { Column } from '../bson/arena.ts';
import { BSON, doubleValue, int32Value, int64Value, numberOf, type RawValue } from '../bson/raw.ts';
import type { MemoryBudget } from '../query/memory-budget.ts';
import { fitsInt32, fitsInt64 } from '../update/arithmetic.ts';

/** Whole numbers up to here are gathered as JavaScript numbers without rounding. */
const GATHERED = 2 ** 52;
/** What a group takes in addition when it holds doubles, and when it holds large whole numbers. */
const DOUBLES_BYTES = 24;
const LARGE_BYTES = 80;

/** The widest type that took part. */
const TYPE = { int32: 0, int64: 1, double: 2 } as const;

/**
 * Sums of BSON numbers, one for each group, as `$sum` and `$avg` make them: whole numbers exactly, doubles with the
 * rounding errors carried along, so that the order hardly matters. The result is the widest type that took part,
 * wider when it has to be.
 */
export class Sums {
  private readonly budget: MemoryBudget;
  private readonly types = new Column(Uint8Array);
  private readonly gathered = new Column(Float64Array);
  /** What was gathered and became large. */
  private readonly large = new Map<number, bigint>();
  private readonly doubles = new DoubleSums();

  constructor(budget: MemoryBudget) {
    this.budget = budget;
  }

  /** What is no number is passed over. */
  add(group: number, value: RawValue): void {
    const number = numberOf(value);
    if (typeof number === 'bigint') {
      this.widen(group, TYPE.int64);
      if (number > -GATHERED && number < GATHERED) this.gather(group, Number(number));
      else this.addLarge(group, number);
    } else if (value.type === BSON.double && number !== undefined) {
      this.widen(group, TYPE.double);
      this.doubles.add(group, number);
    } else if (number !== undefined) this.gather(group, number);
  }

  private widen(group: number, type: number): void {
    if (type <= this.types.get(group)) return;
    this.types.set(group, type);
    if (type === TYPE.double) this.budget.add(DOUBLES_BYTES);
  }

  private gather(group: number, number: number): void {
    const sum = this.gathered.get(group) + number;
    if (Math.abs(sum) < GATHERED) this.gathered.set(group, sum);
    else {
      this.gathered.set(group, 0);
      this.addLarge(group, BigInt(sum));
    }
  }

  private addLarge(group: number, number: bigint): void {
    const known = this.large.get(group);
    if (known === undefined) this.budget.add(LARGE_BYTES);
    this.large.set(group, (known ?? 0n) + number);
  }

  private whole(group: number): bigint {
    return (this.large.get(group) ?? 0n) + BigInt(this.gathered.get(group));
  }

  /** The sum; a whole number that does not fit into int64 becomes a double. */
  result(group: number): RawValue {
    const type = this.types.get(group);
    const total = this.whole(group);
    if (type === TYPE.int32 && fitsInt32(total)) return int32Value(Number(total));
    return type !== TYPE.double && fitsInt64(total) ? int64Value(total) : doubleValue(this.asDouble(group));
  }

  asDouble(group: number): number {
    const total = this.whole(group);
    const nearest = Number(total);
    return this.doubles.with(group, [nearest, Number(total - BigInt(nearest))]);
  }
}

/** Adds doubles and keeps what each addition rounded off. */
class DoubleSums {
  private readonly sums = new Column(Float64Array);
  private readonly lost = new Column(Float64Array);
  /** Infinity and NaN have no rounding errors; then this is the result. */
  private readonly plain = new Column(Float64Array);

  add(group: number, number: number): void {
    this.plain.set(group, this.plain.get(group) + number);
    const sum = this.sums.get(group);
    const next = sum + number;
    this.lost.set(group, this.lost.get(group) + roundedOff(sum, number, next));
    this.sums.set(group, next);
  }

  /** The sum with some more numbers, which it does not keep. */
  with(group: number, numbers: readonly number[]): number {
    let sum = this.sums.get(group);
    let lost = this.lost.get(group);
    let plain = this.plain.get(group);
    for (const number of numbers) {
      const next = sum + number;
      lost += roundedOff(sum, number, next);
      plain += number;
      sum = next;
    }
    return Number.isFinite(sum) && Number.isFinite(lost) ? sum + lost : plain;
  }
}

function roundedOff(sum: number, number: number, next: number): number {
  const added = next - sum;
  return sum - (next - added) + (number - added);
}
