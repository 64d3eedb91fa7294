import type { Collection } from '../storage/collection.ts';
import { openCandidates } from './candidates.ts';
import { conjunction } from './conjunction.ts';
import type { Clause } from './filter.ts';
import type { Hint } from './hint.ts';
import { compileMatcher } from './matcher.ts';
import type { Pace } from './pace.ts';
import type { Plan } from './plan.ts';
import { choosePlan } from './planner.ts';
import type { SortField } from './sort.ts';
import {
  behind,
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
  readonly hint: Hint | undefined;
}

export interface Reading {
  readonly stream: DocumentStream;
  readonly plan: Plan | undefined;
  readonly examined: Examined;
  keysExamined(): number;
}

/** Whether every candidate matches and comes in order, each once, so that those to skip need not be read. */
function skipsUnread({ sorted, index, settled }: Plan, filter: Clause): boolean {
  const { complete } = conjunction(filter);
  return sorted && index?.multikey === false && (complete?.every((test) => settled.has(test)) ?? false);
}

/** The plan of a request. */
export function planFor(collection: Collection, { filter, sort, skip, limit, hint }: ReadRequest): Plan {
  return choosePlan(collection, filter, sort, limit === undefined ? undefined : skip + limit, hint);
}

/** Finds, sorts, skips and limits; undefined collections are empty. */
export function read(collection: Collection | undefined, request: ReadRequest, pace: Pace): Reading {
  const examined: Examined = { documents: 0 };
  if (collection === undefined)
    return { stream: fromArray([]), plan: undefined, examined, keysExamined: () => 0 };
  const { filter, sort, skip, limit } = request;
  const plan = planFor(collection, request);
  const candidates = openCandidates(collection, plan);
  const wanted = limit === undefined || !plan.sorted ? Number.POSITIVE_INFINITY : skip + limit;
  const unread = skip > 0 && skipsUnread(plan, filter) && candidates.skip !== undefined ? skip : 0;
  let stream = matching(candidates, compileMatcher(filter), pace, examined, wanted - unread);
  if (unread > 0) stream = behind(candidates, unread, stream, pace);
  if (!plan.sorted) stream = sorted(stream, sort, pace, limit === undefined ? undefined : skip + limit);
  if (skip > unread) stream = skipping(stream, skip);
  if (limit !== undefined) stream = limitedTo(stream, limit);
  return { stream, plan, examined, keysExamined: () => candidates.keysExamined };
}
