import { median } from '../percentiles.ts';

export type Unit = 'events/s' | 'documents/s' | 'operations/s' | 'ms' | 'MiB' | 'B' | 'times';

export interface Figure {
  readonly what: string;
  /** The size it was measured at, such as `{ writers: 64 }`. */
  readonly at: Readonly<Record<string, number>>;
  readonly value: number;
  readonly unit: Unit;
  /** What SQLite alone did for the same work in the same run, in the same unit. */
  readonly raw?: number;
  /** How many times as long as SQLite alone the engine takes. */
  readonly timesRaw?: number;
}

/** An engine's figure and that of SQLite alone. */
export interface Pair {
  readonly own: number;
  readonly raw: number;
}

/** Collects figures, and hands each on as soon as it is known. */
export class Figures {
  readonly all: Figure[] = [];
  readonly #hear: (figure: Figure) => void;

  constructor(hear: (figure: Figure) => void) {
    this.#hear = hear;
  }

  add(what: string, at: Figure['at'], value: number, unit: Unit): void {
    this.#add({ what, at, value: round(value), unit });
  }

  addPair(what: string, at: Figure['at'], { own, raw }: Pair, unit: Unit): void {
    const timesRaw = round(unit.endsWith('/s') ? raw / own : own / raw);
    this.#add({ what, at, value: round(own), unit, raw: round(raw), timesRaw });
  }

  #add(figure: Figure): void {
    this.all.push(figure);
    this.#hear(figure);
  }
}

/**
 * Medians of an engine and of SQLite alone at work by turns, so that both meet the same weather on the machine. Who
 * begins changes with every turn.
 */
export async function byTurns(
  turns: number,
  own: (turn: number) => number | Promise<number>,
  raw: (turn: number) => number | Promise<number>,
): Promise<Pair> {
  const measured: { own: number[]; raw: number[] } = { own: [], raw: [] };
  for (let turn = 0; turn < turns; turn++) {
    if (turn % 2 === 0) measured.raw.push(await raw(turn));
    measured.own.push(await own(turn));
    if (turn % 2 === 1) measured.raw.push(await raw(turn));
  }
  return { own: median(measured.own), raw: median(measured.raw) };
}

/** @returns milliseconds */
export async function timed(work: () => unknown): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** How many a second, when the work does `count`. */
export async function rateOf(count: number, work: () => unknown): Promise<number> {
  return (count * 1000) / (await timed(work));
}

export function inWords({ what, at, value, unit, raw, timesRaw }: Figure): string {
  const size = Object.entries(at).map(([name, number]) => `${number.toLocaleString('en')} ${name}`);
  const beside = raw === undefined ? '' : `   SQLite alone ${raw} ${unit}: ${timesRaw} times as long`;
  return `${[what, ...size].join(', ').padEnd(68)} ${value} ${unit}${beside}\n`;
}

/** Three digits that count; whole numbers stay whole. */
function round(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
