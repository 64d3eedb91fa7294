/** Repeatable chance: the same seed gives the same sequence on every machine. */
export interface Random {
  /** An integer from 0 up to and without `bound`. */
  below(bound: number): number;
  /** True with the given probability, 0 to 1. */
  chance(probability: number): boolean;
  pick<Item>(items: readonly Item[]): Item;
  /** `count` different items in their original order; all of them when there are fewer. */
  sample<Item>(items: readonly Item[], count: number): Item[];
}

/** A generator of its own for each seed text, so that one part of the district never shifts another. */
export function randomOf(seed: string): Random {
  const next = sfc32(seed);
  const below = (bound: number): number => Math.floor(next() * bound);
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  };
  const sample = <Item>(items: readonly Item[], count: number): Item[] => {
    const kept = items.map((_item, index) => index);
    while (kept.length > count) kept.splice(below(kept.length), 1);
    return items.filter((_item, index) => kept.includes(index));
  };
  return { below, chance: (probability) => next() < probability, pick, sample };
}

/** FNV-1a over the UTF-16 units, started differently for each word of the generator's state. */
function hash(text: string, start: number): number {
  let value = start >>> 0;
  for (let index = 0; index < text.length; index += 1) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}

/** Small Fast Counter (32 bit): public domain, passes PractRand; not for secrets. */
function sfc32(seed: string): () => number {
  let a = hash(seed, 0x811c9dc5);
  let b = hash(seed, 0x9e3779b9);
  let c = hash(seed, 0x85ebca6b);
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  for (let round = 0; round < 16; round += 1) next();
  return next;
}
