import {
  BSON,
  documentValue,
  elementsOf,
  int32Value,
  numberOf,
  type RawValue,
  stringOf,
} from '../bson/raw.ts';
import { arrayValue, documentOf, MAX_DOCUMENT_BYTES } from '../bson/writer.ts';
import { badValue, CommandError, notImplemented } from '../errors.ts';
import { countMatching } from '../query/counting.ts';
import { type Clause, parseFilter } from '../query/filter.ts';
import { compileMatcher } from '../query/matcher.ts';
import { MemoryBudget } from '../query/memory-budget.ts';
import type { Pace } from '../query/pace.ts';
import { parseProjection } from '../query/projection.ts';
import { type ReadRequest, read } from '../query/read.ts';
import { parseSort, type SortField } from '../query/sort.ts';
import {
  afterAll,
  type DocumentStream,
  filtered,
  flatMapped,
  forEachDocument,
  fromArray,
  limitedTo,
  mapped,
  skipping,
  sorted,
} from '../query/stream.ts';
import type { Collection } from '../storage/collection.ts';
import { type CountResult, countingGroup, countValue, groupStage } from './group.ts';
import { setFieldsStage, unsetPaths } from './set-fields.ts';
import { unwindStage } from './unwind.ts';

type StageRunner = (input: DocumentStream, pace: Pace) => DocumentStream;

/** A stage, ready to run; the kinds that the query planner can take over are told apart. */
export type Stage =
  | { readonly kind: 'match'; readonly clause: Clause; readonly run: StageRunner }
  | { readonly kind: 'sort'; readonly fields: readonly SortField[]; readonly run: StageRunner }
  | { readonly kind: 'skip' | 'limit'; readonly count: number; readonly run: StageRunner }
  | { readonly kind: 'counting'; readonly documents: CountResult; readonly run: StageRunner }
  | { readonly kind: 'other'; readonly run: StageRunner };

type StageParser = (operand: RawValue) => Stage;

const STAGES: Readonly<Record<string, StageParser>> = {
  $match: (operand) => {
    const clause = parseFilter(document(operand, '$match'));
    const matcher = compileMatcher(clause);
    return { kind: 'match', clause, run: (input) => filtered(input, matcher) };
  },
  $sort: (operand) => {
    const fields = parseSort(document(operand, '$sort'));
    if (fields.length === 0) throw badValue('$sort stage must have at least one sort key');
    return { kind: 'sort', fields, run: (input, pace) => sorted(input, fields, pace, undefined) };
  },
  $skip: (operand) => {
    const count = wholeNumber(operand, '$skip', 0);
    return { kind: 'skip', count, run: (input) => skipping(input, count) };
  },
  $limit: (operand) => {
    const count = wholeNumber(operand, '$limit', 1);
    return { kind: 'limit', count, run: (input) => limitedTo(input, count) };
  },
  $project: (operand) => {
    const project = parseProjection(document(operand, '$project'), '$project');
    return other((input) => mapped(input, project));
  },
  $addFields: (operand) => setStage('$addFields', operand),
  $set: (operand) => setStage('$set', operand),
  $unset: (operand) => {
    const excluded = documentOf(unsetPaths(operand).map((path) => [path, int32Value(0)] as const));
    const project = parseProjection(documentValue(excluded), '$project');
    return other((input) => mapped(input, project));
  },
  $group: (operand) => {
    const specification = document(operand, '$group');
    const run = groupStage(specification);
    const documents = countingGroup(specification);
    return documents === undefined ? other(run) : { kind: 'counting', documents, run };
  },
  $unwind: (operand) => {
    const unwind = unwindStage(operand);
    return other((input) => flatMapped(input, unwind));
  },
  $count: (operand) => countStage(operand),
  $facet: (operand) => facetStage(document(operand, '$facet')),
};

function setStage(stage: string, operand: RawValue): Stage {
  const change = setFieldsStage(stage, document(operand, stage));
  return other((input) => mapped(input, change));
}

function other(run: StageRunner): Stage {
  return { kind: 'other', run };
}

function document(operand: RawValue, stage: string): RawValue {
  if (operand.isDocument) return operand;
  throw badValue(`the specification of ${stage} must be a document`);
}

function wholeNumber(operand: RawValue, stage: string, least: number): number {
  const number = Number(numberOf(operand) ?? Number.NaN);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw badValue(`${stage} needs a whole number of at least ${least}`);
}

function countStage(operand: RawValue): Stage {
  const name = operand.type === BSON.string ? stringOf(operand) : '';
  if (name === '' || name.startsWith('$') || name.includes('.'))
    throw badValue('$count needs a plain field name');
  const documents: CountResult = (n) => (n === 0 ? [] : [documentOf([[name, countValue(n)]])]);
  const run: StageRunner = (input, pace) =>
    afterAll(input, async () => {
      let n = 0;
      await forEachDocument(input, pace, () => {
        n += 1;
      });
      return fromArray(documents(n));
    });
  return { kind: 'counting', documents, run };
}

/** Every sub-pipeline sees all input, which is therefore held in memory (100 MB at most). */
function facetStage(specification: RawValue): Stage {
  const facets = elementsOf(specification).map(([name, value]) => {
    if (name === '' || name.startsWith('$') || name.includes('.'))
      throw badValue(`the field '${name}' of $facet must be a plain field name`);
    const pipeline = parsePipeline(value);
    if (elementsOf(value).some(([, stage]) => elementsOf(stage)[0]?.[0] === '$facet')) {
      throw badValue('$facet is not allowed to be used within a $facet stage');
    }
    return { name, pipeline };
  });
  if (facets.length === 0) throw badValue('$facet needs at least one pipeline');
  return other((input, pace) =>
    afterAll(input, async () => {
      const all: Buffer[] = [];
      const budget = new MemoryBudget('$facet');
      await forEachDocument(input, pace, (bytes) => {
        budget.add(bytes.length);
        all.push(bytes);
      });
      const results: [string, RawValue][] = [];
      for (const { name, pipeline } of facets) {
        results.push([name, await gathered(runPipeline(fromArray(all), pipeline, pace), pace)]);
      }
      return fromArray([documentOf(results)]);
    }),
  );
}

async function gathered(stream: DocumentStream, pace: Pace): Promise<RawValue> {
  const documents: RawValue[] = [];
  await forEachDocument(stream, pace, (bytes) => {
    documents.push(documentValue(bytes));
  });
  return arrayValue(documents);
}

/** Reads a pipeline. Throws NotImplemented (238) naming any stage that is not supported. */
export function parsePipeline(pipeline: RawValue): Stage[] {
  if (!pipeline.isArray) throw badValue('a pipeline must be an array');
  return elementsOf(pipeline).map(([, stage]) => {
    const [operator, ...others] = stage.isDocument ? elementsOf(stage) : [];
    if (operator === undefined || others.length > 0) {
      throw new CommandError(40323, 'A pipeline stage specification object must contain exactly one field.');
    }
    const parse = STAGES[operator[0]];
    if (parse === undefined) throw notImplemented(`aggregation stage ${operator[0]}`);
    return parse(operator[1]);
  });
}

/** Runs stages over documents. */
export function runPipeline(input: DocumentStream, stages: readonly Stage[], pace: Pace): DocumentStream {
  let stream = input;
  for (const [position, stage] of stages.entries()) {
    const next = stages[position + 1];
    if (stage.kind === 'sort' && next?.kind === 'limit')
      stream = sorted(stream, stage.fields, pace, next.count);
    else stream = stage.run(stream, pace);
  }
  return mapped(stream, checkedSize);
}

function checkedSize(bytes: Buffer): Buffer {
  if (bytes.length <= MAX_DOCUMENT_BYTES) return bytes;
  throw new CommandError(
    10334,
    `aggregation result of ${bytes.length} bytes is larger than ${MAX_DOCUMENT_BYTES}`,
  );
}

export interface SplitPipeline {
  readonly request: ReadRequest;
  readonly rest: readonly Stage[];
}

/** The leading stages that the planner answers ($match, $sort, $skip, $limit), and the rest. */
export function splitPipeline(stages: readonly Stage[]): SplitPipeline {
  const rest = [...stages];
  const clauses: Clause[] = [];
  while (rest[0]?.kind === 'match') {
    clauses.push(rest[0].clause);
    rest.shift();
  }
  const sort = rest[0]?.kind === 'sort' ? rest[0].fields : [];
  if (rest[0]?.kind === 'sort') rest.shift();
  const skip = rest[0]?.kind === 'skip' ? rest[0].count : 0;
  if (rest[0]?.kind === 'skip') rest.shift();
  const limit = rest[0]?.kind === 'limit' ? rest[0].count : undefined;
  if (rest[0]?.kind === 'limit') rest.shift();
  return { request: { filter: { kind: 'and', clauses }, sort, skip, limit, hint: undefined }, rest };
}

/** Runs a pipeline on a collection: the planner answers its start, and a pipeline that only counts needs no documents. */
export function readPipeline(
  collection: Collection | undefined,
  { request, rest }: SplitPipeline,
  pace: Pace,
): DocumentStream {
  const [first, ...others] = rest;
  if (first?.kind !== 'counting') return runPipeline(read(collection, request, pace).stream, rest, pace);
  const { filter, skip, limit, hint } = request;
  const most = limit === undefined ? undefined : skip + limit;
  const counted = afterAll(fromArray([]), async () => {
    const n = await countMatching(collection, filter, pace, most, hint);
    return fromArray(first.documents(Math.max(0, n - skip)));
  });
  return runPipeline(counted, others, pace);
}
