import { type Rate, TooLarge } from './coordination.ts';

export const MAX_VALUE_BYTES = 65_536;
export const MAX_MESSAGE_BYTES = 16_384;
export const MAX_WAITING_MESSAGES = 1_000;

const DAY_MS = 86_400_000;
/** Braces would move a key to another slot of a Redis cluster. */
const NAME = /^[\x21-\x7a|~]{1,200}$/;

export function checkNames(...names: readonly string[]): void {
  for (const name of names) {
    if (!NAME.test(name))
      throw new RangeError('a name is 1 to 200 printable ASCII characters without braces');
  }
}

export function checkWhole(what: string, value: number, maximum: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= maximum) return;
  throw new RangeError(`${what} is a whole number from 1 to ${maximum}`);
}

export function checkDuration(what: string, milliseconds: number): void {
  checkWhole(what, milliseconds, DAY_MS);
}

/** The bounds keep limit × window exact in a double, here and in Lua. */
export function checkRate(rate: Rate, cost: number): void {
  checkWhole('limit', rate.limit, 1_000_000);
  checkDuration('windowMs', rate.windowMs);
  checkWhole('cost', cost, rate.limit);
}

export function toJson(value: unknown): string {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new RangeError('only JSON can be carried');
  return text;
}

/** @throws TooLarge */
export function checkBytes(text: string, maximum: number): void {
  const bytes = Buffer.byteLength(text);
  if (bytes > maximum) throw new TooLarge(bytes, maximum);
}
