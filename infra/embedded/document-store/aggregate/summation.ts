import { BSON, doubleValue, int32Value, int64Value, numberOf, type RawValue } from '../bson/raw.ts';
import { fitsInt32, fitsInt64 } from '../update/arithmetic.ts';

/** Whole numbers up to here are gathered as JavaScript numbers without rounding. */
const GATHERED = 2 ** 52;

/**
 * A sum of BSON numbers as `$sum` and `$avg` make it: whole numbers exactly, doubles with the rounding errors carried
 * along, so that the order hardly matters. The result is the widest type that took part, wider when it has to be.
 */
export class Summation {
  private whole = 0n;
  private gathered = 0;
  private readonly fraction = new DoubleSum();
  private type: 'int32' | 'int64' | 'double' = 'int32';

  add(value: RawValue): void {
    const number = numberOf(value);
    if (typeof number === 'bigint') {
      this.whole += number;
      if (this.type === 'int32') this.type = 'int64';
    } else if (value.type === BSON.double && number !== undefined) {
      this.fraction.add(number);
      this.type = 'double';
    } else if (number !== undefined) this.gather(number);
  }

  private gather(number: number): void {
    this.gathered += number;
    if (Math.abs(this.gathered) < GATHERED) return;
    this.whole += BigInt(this.gathered);
    this.gathered = 0;
  }

  private get total(): bigint {
    return this.whole + BigInt(this.gathered);
  }

  /** The sum; a whole number that does not fit into int64 becomes a double. */
  result(): RawValue {
    const { total } = this;
    if (this.type === 'int32' && fitsInt32(total)) return int32Value(Number(total));
    return this.type !== 'double' && fitsInt64(total) ? int64Value(total) : doubleValue(this.asDouble());
  }

  asDouble(): number {
    const { total } = this;
    const nearest = Number(total);
    const sum = this.fraction.copied();
    sum.add(nearest);
    sum.add(Number(total - BigInt(nearest)));
    return sum.value;
  }
}

/** Adds doubles and keeps what each addition rounded off. */
class DoubleSum {
  private sum = 0;
  private lost = 0;
  /** Infinity and NaN have no rounding errors; then this is the result. */
  private plain = 0;

  add(number: number): void {
    this.plain += number;
    const next = this.sum + number;
    const added = next - this.sum;
    this.lost += this.sum - (next - added) + (number - added);
    this.sum = next;
  }

  get value(): number {
    return Number.isFinite(this.sum) && Number.isFinite(this.lost) ? this.sum + this.lost : this.plain;
  }

  copied(): DoubleSum {
    const copy = new DoubleSum();
    copy.sum = this.sum;
    copy.lost = this.lost;
    copy.plain = this.plain;
    return copy;
  }
}
