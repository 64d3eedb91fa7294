import { parseExpression } from '../aggregate/expression.ts';
import type { Expression } from '../aggregate/operators.ts';
import { checkedPath } from '../bson/paths.ts';
import { BSON, documentValue, ElementCursor, elementsOf, numberOf, RawValue } from '../bson/raw.ts';
import { BsonWriter } from '../bson/writer.ts';
import { badValue, CommandError, notImplemented } from '../errors.ts';

/** Turns a stored document into the one the client asked for. */
export type Projection = (document: Buffer) => Buffer;

type Tree = Map<string, true | Tree>;

interface Entry {
  readonly path: string;
  readonly kind: 'include' | 'exclude' | 'compute';
  readonly value: RawValue;
}

/** What a projection may hold: `find` takes inclusion or exclusion, `$project` also `'$path'` and constants. */
export type ProjectionDialect = 'find' | '$project';

/**
 * Reads a projection. Throws NotImplemented (238) for projection operators, Location31254 for a mix of inclusion and
 * exclusion, Location31249 for two paths that collide.
 */
export function parseProjection(specification: RawValue, dialect: ProjectionDialect): Projection {
  const entries = entriesOf(specification, '', dialect);
  if (entries.length === 0) {
    if (dialect === 'find') return (document) => document;
    throw badValue('$project needs at least one field');
  }
  const idEntry = entries.find((entry) => entry.path === '_id');
  const others = entries.filter((entry) => entry.path !== '_id');
  const deciding = others[0] ?? idEntry;
  if (deciding?.kind === 'exclude') return exclusion(entries, idEntry);
  return inclusion(others, idEntry);
}

function entriesOf(specification: RawValue, prefix: string, dialect: ProjectionDialect): Entry[] {
  return elementsOf(specification).flatMap(([name, value]): Entry[] => {
    const path = checkedProjectionPath(prefix + name);
    const flag = flagOf(value);
    if (flag !== undefined) return [{ path, kind: flag ? 'include' : 'exclude', value }];
    if (!value.isDocument) return [computed(path, value, dialect)];
    const first = elementsOf(value)[0]?.[0];
    if (first === undefined) throw badValue(`an empty document is not a projection of '${path}'`);
    if (!first.startsWith('$')) return entriesOf(value, `${path}.`, dialect);
    if (first === '$literal' || dialect === '$project') return [computed(path, value, dialect)];
    throw notImplemented(`projection operator ${first}`);
  });
}

function checkedProjectionPath(text: string): string {
  if (text.endsWith('.$')) throw notImplemented('positional projection');
  return checkedPath(text).text;
}

function flagOf(value: RawValue): boolean | undefined {
  if (value.type === BSON.boolean) return value.bytes[value.start] === 1;
  const number = numberOf(value);
  return number === undefined ? undefined : Number(number) !== 0;
}

function computed(path: string, value: RawValue, dialect: ProjectionDialect): Entry {
  if (dialect === 'find') throw notImplemented(`computed projection of '${path}' in find`);
  if (path.includes('.')) throw notImplemented(`computed projection of the nested path '${path}'`);
  return { path, kind: 'compute', value };
}

function treeOf(paths: readonly string[]): Tree {
  const root: Tree = new Map();
  for (const path of paths) {
    const parts = path.split('.');
    const last = parts.pop() ?? path;
    let node = root;
    for (const part of parts) node = childTree(node, part, path);
    if (node.has(last)) throw new CommandError(31249, `Path collision at ${path}`);
    node.set(last, true);
  }
  return root;
}

function childTree(node: Tree, part: string, path: string): Tree {
  const child = node.get(part);
  if (child === true) throw new CommandError(31249, `Path collision at ${path}`);
  if (child !== undefined) return child;
  const created: Tree = new Map();
  node.set(part, created);
  return created;
}

function refuseMixed(entries: readonly Entry[], wanted: 'include' | 'exclude'): void {
  const other = entries.find((entry) => (entry.kind === 'exclude') !== (wanted === 'exclude'));
  if (other === undefined) return;
  const [what, where] = wanted === 'include' ? ['exclusion', 'inclusion'] : ['inclusion', 'exclusion'];
  throw new CommandError(31254, `Cannot do ${what} on field ${other.path} in ${where} projection`);
}

function exclusion(entries: readonly Entry[], idEntry: Entry | undefined): Projection {
  refuseMixed(
    entries.filter((entry) => entry !== idEntry),
    'exclude',
  );
  const excluded = entries.filter((entry) => entry.kind === 'exclude');
  return apply(treeOf(excluded.map((entry) => entry.path)), false, []);
}

function inclusion(others: readonly Entry[], idEntry: Entry | undefined): Projection {
  refuseMixed(others, 'include');
  const paths = others.filter((entry) => entry.kind === 'include').map((entry) => entry.path);
  const computations = others.filter((entry) => entry.kind === 'compute');
  if (idEntry?.kind === 'compute') computations.unshift(idEntry);
  if (idEntry === undefined || idEntry.kind === 'include') {
    if (!paths.some((path) => path.startsWith('_id.'))) paths.unshift('_id');
  }
  const tree = treeOf(paths);
  for (const { path } of computations) {
    if (tree.has(path)) throw new CommandError(31249, `Path collision at ${path}`);
  }
  return apply(
    tree,
    true,
    computations.map((entry) => [entry.path, parseExpression(entry.value)] as const),
  );
}

function apply(tree: Tree, keep: boolean, computed: readonly (readonly [string, Expression])[]): Projection {
  return (document) => {
    const root = documentValue(document);
    const writer = new BsonWriter().startRoot();
    const computedId = computed.find(([name]) => name === '_id');
    for (const [name, expression] of computedId === undefined ? [] : [computedId])
      write(writer, name, expression(root));
    copyFields(writer, root, tree, keep);
    for (const [name, expression] of computed) if (name !== '_id') write(writer, name, expression(root));
    return writer.end().finish();
  };
}

function write(writer: BsonWriter, name: string, value: RawValue | undefined): void {
  if (value !== undefined) writer.value(name, value);
}

function copyFields(writer: BsonWriter, container: RawValue, tree: Tree, keep: boolean): void {
  const cursor = new ElementCursor(container.bytes, container.start);
  while (cursor.next()) {
    const name = cursor.name();
    const node = tree.get(name);
    if (node === undefined ? !keep : node === true && keep) writer.value(name, cursor.value());
    else if (node instanceof Map) copyNested(writer, name, cursor.value(), node, keep);
  }
}

/** Paths go through arrays: each document inside is projected; other elements stay only when excluding. */
function copyNested(writer: BsonWriter, name: string, value: RawValue, tree: Tree, keep: boolean): void {
  if (value.isDocument) {
    writer.startDocument(name);
    copyFields(writer, value, tree, keep);
    writer.end();
  } else if (value.isArray) {
    writer.startArray(name);
    copyItems(writer, value, tree, keep);
    writer.end();
  } else if (!keep) writer.value(name, value);
}

function copyItems(writer: BsonWriter, array: RawValue, tree: Tree, keep: boolean): void {
  const cursor = new ElementCursor(array.bytes, array.start);
  let index = 0;
  while (cursor.next()) {
    const value = cursor.value();
    if (keep && !value.isDocument && !value.isArray) continue;
    copyNested(writer, String(index), value, tree, keep);
    index += 1;
  }
}
