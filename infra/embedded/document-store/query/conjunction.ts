import { SELF } from '../bson/paths.ts';
import { BSON, type RawValue } from '../bson/raw.ts';
import type { Clause, Test } from './filter.ts';

/** Tests that one and the same value of a field has to pass, so that their ranges may be intersected. */
export type Together = readonly Test[];

/** What every matching document must pass, by path. */
export interface Conjunction {
  readonly byPath: ReadonlyMap<string, readonly Together[]>;
  /** The alternatives every matching document needs one of. */
  readonly alternatives: readonly (readonly Clause[])[];
  /** Every test when the filter is nothing but tests that must all pass. */
  readonly complete: readonly Test[] | undefined;
}

/** Takes apart what has to hold at once. */
export function conjunction(filter: Clause): Conjunction {
  const gathering: Gathering = { byPath: new Map(), alternatives: [], tests: [], simple: true };
  gather(filter, gathering);
  const { byPath, alternatives, tests, simple } = gathering;
  return { byPath, alternatives, complete: simple ? tests : undefined };
}

interface Gathering {
  readonly byPath: Map<string, Together[]>;
  readonly alternatives: (readonly Clause[])[];
  readonly tests: Test[];
  simple: boolean;
}

function gather(clause: Clause, into: Gathering): void {
  switch (clause.kind) {
    case 'and':
      for (const part of clause.clauses) gather(part, into);
      return;
    case 'test':
      into.tests.push(clause.test);
      add(into.byPath, clause.path, [clause.test]);
      if (clause.test.op === '$elemMatch') gatherElement(clause.test.clause, clause.path, into.byPath);
      return;
    default:
      into.simple = false;
      if (clause.kind === 'or') gatherAlternatives(clause.clauses, into);
  }
}

/** A field for which every alternative lists single values can have no others. */
function gatherAlternatives(clauses: readonly Clause[], into: Gathering): void {
  into.alternatives.push(clauses);
  const [first, ...others] = clauses.map((clause) => conjunction(clause).byPath);
  for (const path of first?.keys() ?? []) {
    const lists = [first, ...others].map((byPath) => listed(byPath?.get(path) ?? []));
    if (!lists.every((values) => values !== undefined)) continue;
    add(into.byPath, path, [{ op: '$in', values: lists.flat(), patterns: [] }]);
  }
}

/** The values that one of the tests lists. */
function listed(own: readonly Together[]): readonly RawValue[] | undefined {
  for (const test of own.flat()) {
    if (test.op === '$eq') return [test.value];
    if (test.op === '$in' && test.patterns.length === 0) return test.values;
  }
  return undefined;
}

/**
 * What `$elemMatch` asks of one element: tests on a plain value hold together; tests on fields inside count one by
 * one, as such a field may itself be an array. Tests that null passes are left out: fields that are missing inside
 * of nested arrays are in no index.
 */
function gatherElement(clause: Clause, path: string, into: Map<string, Together[]>): void {
  const own: Test[] = [];
  const visit = (part: Clause): void => {
    if (part.kind === 'and') part.clauses.forEach(visit);
    if (part.kind !== 'test' || passesNull(part.test)) return;
    if (part.path === SELF) {
      if (part.test.op !== '$elemMatch') own.push(part.test);
      return;
    }
    const inner = `${path}.${part.path}`;
    add(into, inner, [part.test]);
    if (part.test.op === '$elemMatch') gatherElement(part.test.clause, inner, into);
  };
  visit(clause);
  if (own.length > 0) add(into, path, own);
}

function passesNull(test: Test): boolean {
  if (test.op === '$eq') return test.value.type === BSON.null;
  return test.op === '$in' && test.values.some(({ type }) => type === BSON.null);
}

function add(byPath: Map<string, Together[]>, path: string, together: Together): void {
  const known = byPath.get(path);
  if (known === undefined) byPath.set(path, [together]);
  else known.push(together);
}
