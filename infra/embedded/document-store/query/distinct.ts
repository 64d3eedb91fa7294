import { Arena, Column } from '../bson/arena.ts';
import { KeyTable } from '../bson/key-table.ts';
import { afterPrefix, KeyWriter } from '../bson/keys.ts';
import type { FieldPath } from '../bson/paths.ts';
import { BSON, RawValue } from '../bson/raw.ts';
import { BsonWriter, MAX_DOCUMENT_BYTES } from '../bson/writer.ts';
import { CommandError } from '../errors.ts';
import type { Collection } from '../storage/collection.ts';
import { entriesFor, type IndexDefinition } from '../storage/index-definition.ts';
import { END_OF_KEYS } from './bounds.ts';
import { conjunction } from './conjunction.ts';
import type { Clause } from './filter.ts';
import type { KeyRange } from './index-bounds.ts';
import type { Pace } from './pace.ts';
import { indexPlans } from './planner.ts';
import { writeIndexed } from './sort.ts';

/** An index in which one document of each value is enough. */
export interface DistinctPlan {
  readonly index: IndexDefinition;
  readonly ranges: readonly KeyRange[];
  /** The place of the field among the fields of the index. */
  readonly position: number;
}

/** Values looked at to find out how many documents share one, and how many must share one on average. */
const PROBED = 16;
const SHARED_BY = 8;

/**
 * How to find the values of a field by going from one to the next in an index; undefined when no index settles the
 * filter, or when so few documents share a value that reading them all is quicker.
 */
export function distinctPlan(
  collection: Collection,
  filter: Clause,
  path: FieldPath,
): DistinctPlan | undefined {
  const needed = conjunction(filter);
  const { complete } = needed;
  if (complete === undefined) return undefined;
  for (const plan of indexPlans(collection, needed, filter, [])) {
    const { index, ranges, boundFields, settled } = plan;
    const position = index?.fields.findIndex((field) => field.path.text === path.text) ?? -1;
    if (index === undefined || position < 0 || index.sparse) continue;
    const reaches = boundFields >= position && boundFields <= position + 1;
    const tellsAll =
      complete.every((test) => settled.has(test)) && (!index.multikey || complete.length === 0);
    const found = { index, ranges, position };
    if (reaches && tellsAll && isShared(collection, found)) return found;
  }
  return undefined;
}

function isShared(collection: Collection, plan: DistinctPlan): boolean {
  const { index, ranges } = plan;
  const [range] = ranges;
  if (range === undefined) return true;
  let { low } = range;
  for (let i = 0; i < PROBED; i += 1) {
    const next = nextValue(collection, plan, { low, high: range.high });
    if (next === undefined)
      return i === 0 || collection.estimate(index, range.low, low, i * SHARED_BY) >= i * SHARED_BY;
    low = next.behind;
  }
  return collection.estimate(index, range.low, low, PROBED * SHARED_BY) >= PROBED * SHARED_BY;
}

interface NextValue {
  readonly document: Buffer;
  readonly value: RawValue | undefined;
  readonly key: Buffer;
  /** The place behind all entries with this value. */
  readonly behind: Buffer;
}

const writer = new KeyWriter();

/** The first value in a range, with a document that has it. */
function nextValue(
  collection: Collection,
  { index, position }: DistinctPlan,
  range: KeyRange,
): NextValue | undefined {
  const { rows } = collection.readRange(index, { ...range, reverse: false, after: undefined, limit: 1 });
  const [first] = rows;
  if (first === undefined) return undefined;
  const entry = entriesFor(index, first.document).entries.find(({ key }) => key.equals(first.key));
  if (entry === undefined) throw new Error(`index ${index.name} does not agree with its documents`);
  writer.reset();
  for (const [place, { descending }] of index.fields.slice(0, position + 1).entries()) {
    const from = writer.length;
    writeIndexed(writer, entry.values[place]);
    if (descending) writer.invertFrom(from);
  }
  const prefix = writer.finish();
  const value = entry.values[position];
  return { document: first.document, value, key: first.key, behind: afterPrefix(prefix) ?? END_OF_KEYS };
}

/**
 * Visits at least one document for each value. Null and missing share their keys, so all of those documents are
 * visited.
 */
export async function visitDistinct(
  collection: Collection,
  plan: DistinctPlan,
  pace: Pace,
  visit: (document: Buffer) => void,
): Promise<void> {
  for (const { low, high } of plan.ranges) {
    let from = low;
    for (;;) {
      await pace.breathe();
      const next = nextValue(collection, plan, { low: from, high });
      if (next === undefined) break;
      visit(next.document);
      if (next.value === undefined || next.value.type === BSON.null)
        await visitAll(collection, plan.index, { low: from, high: next.behind }, pace, visit);
      from = next.behind;
    }
  }
}

async function visitAll(
  collection: Collection,
  index: IndexDefinition,
  range: KeyRange,
  pace: Pace,
  visit: (document: Buffer) => void,
): Promise<void> {
  let after: { key: Buffer; row: number } | undefined;
  for (;;) {
    await pace.breathe();
    const { rows, more } = collection.readRange(index, { ...range, reverse: false, after, limit: 64 });
    for (const { document } of rows) visit(document);
    const last = rows.at(-1);
    if (!more || last === undefined) return;
    after = { key: last.key, row: last.row };
  }
}

const valueKey = new KeyWriter();
/** Values written before others get their turn. */
const WRITTEN_AT_ONCE = 1024;

/** Different values in the order in which they first came. */
export class DistinctValues {
  private readonly arena = new Arena();
  private readonly keys = new KeyTable(this.arena);
  private readonly addresses = new Column(Uint32Array);
  private bytes = 0;

  /** Throws when the values would no longer fit into one reply (17280). */
  add(value: RawValue): void {
    const known = this.keys.size;
    const { bytes, length } = valueKey.reset().value(value);
    const number = this.keys.numberOf(bytes, length);
    if (number < known) return;
    this.addresses.set(number, this.arena.keep(value));
    this.bytes += value.end - value.start + 16;
    if (this.bytes > MAX_DOCUMENT_BYTES) throw new CommandError(17280, 'distinct too big, 16mb cap');
  }

  async asArray(pace: Pace): Promise<RawValue> {
    const writer = new BsonWriter().startRoot();
    for (let number = 0; number < this.keys.size; number += 1) {
      if (number % WRITTEN_AT_ONCE === 0) await pace.breathe();
      writer.value(String(number), this.arena.value(this.addresses.get(number)));
    }
    const bytes = writer.end().finish();
    return new RawValue(BSON.array, bytes, 0, bytes.length);
  }
}
