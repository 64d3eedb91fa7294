import type { IndexDefinition } from '../storage/index-definition.ts';
import type { Test } from './filter.ts';
import type { KeyRange, RangeStream } from './index-bounds.ts';

/** How candidates are found. The filter is always applied to every candidate afterwards. */
export interface Plan {
  /** Undefined means every document in storage order, or what the branches find. */
  readonly index: IndexDefinition | undefined;
  readonly ranges: readonly KeyRange[];
  readonly reverse: boolean;
  /** Whether candidates come in the order of the sort. */
  readonly sorted: boolean;
  /** How many index fields narrow the ranges. */
  readonly boundFields: number;
  /** The tests of the filter that everything in the ranges passes. */
  readonly settled: ReadonlySet<Test>;
  /** The key of the only `_id` that can match, when the filter fixes it. */
  readonly id?: Buffer;
  /** Streams to be merged, which together come in the order of the sort. */
  readonly merged?: readonly RangeStream[];
  /** One plan for each alternative of an `$or`. */
  readonly branches?: readonly Plan[];
}
