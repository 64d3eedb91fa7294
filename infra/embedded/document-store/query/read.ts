import type { Collection } from '../storage/collection.ts';
import { openCandidates } from './candidates.ts';
import type { Clause } from './filter.ts';
import { compileMatcher } from './matcher.ts';
import type { Pace } from './pace.ts';
import { choosePlan, type Plan } from './planner.ts';
import type { SortField } from './sort.ts';
import {
  type DocumentStream,
  type Examined,
  fromArray,
  limitedTo,
  matching,
  skipping,
  sorted,
} from './stream.ts';

export interface ReadRequest {
  readonly filter: Clause;
  readonly sort: readonly SortField[];
  readonly skip: number;
  /** Undefined means no limit. */
  readonly limit: number | undefined;
}

export interface Reading {
  readonly stream: DocumentStream;
  readonly plan: Plan | undefined;
  readonly examined: Examined;
  keysExamined(): number;
}

/** Finds, sorts, skips and limits; undefined collections are empty. */
export function read(collection: Collection | undefined, request: ReadRequest, pace: Pace): Reading {
  const examined: Examined = { documents: 0 };
  if (collection === undefined)
    return { stream: fromArray([]), plan: undefined, examined, keysExamined: () => 0 };
  const { filter, sort, skip, limit } = request;
  const plan = choosePlan(collection, filter, sort);
  const candidates = openCandidates(collection, plan);
  const wanted = limit === undefined || !plan.sorted ? Number.POSITIVE_INFINITY : skip + limit;
  let stream = matching(candidates, compileMatcher(filter), pace, examined, wanted);
  if (!plan.sorted) stream = sorted(stream, sort, pace, limit === undefined ? undefined : skip + limit);
  if (skip > 0) stream = skipping(stream, skip);
  if (limit !== undefined) stream = limitedTo(stream, limit);
  return { stream, plan, examined, keysExamined: () => candidates.keysExamined };
}
