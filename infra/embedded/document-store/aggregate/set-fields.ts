import { checkedPath, type FieldPath } from '../bson/paths.ts';
import { BSON, bytesOf, documentValue, elementsOf, itemsOf, type RawValue, stringOf } from '../bson/raw.ts';
import { arrayValue, documentOf } from '../bson/writer.ts';
import { badValue, CommandError } from '../errors.ts';
import { parseExpression } from './expression.ts';
import type { Expression } from './operators.ts';

type Change = (document: Buffer) => Buffer;

/** What is set, by field name: an expression, or what is set inside of the field. */
type Tree = Map<string, Expression | Tree>;

interface SetField {
  readonly path: FieldPath;
  readonly expression: Expression;
}

/**
 * `$addFields` and `$set`: every expression reads the document as it came in. A field whose expression gives nothing
 * is left out. A path inside of an array is set in every element; whatever is no document on the way becomes one.
 */
export function setFieldsStage(stage: string, specification: RawValue): Change {
  const fields = elementsOf(specification).flatMap(([name, value]) => fieldsOf(name, value));
  if (fields.length === 0) throw badValue(`${stage} needs at least one field`);
  refuseCollisions(fields.map(({ path }) => path));
  const tree = treeOf(fields);
  return (document) => {
    const root = documentValue(document);
    return bytesOf(withFields(tree, root, root));
  };
}

/** A document without operators sets the fields inside; everything else is an expression. */
function fieldsOf(name: string, value: RawValue): SetField[] {
  const inner = value.isDocument ? elementsOf(value) : [];
  if (value.isDocument && inner.length === 0) throw badValue(`an empty document is no value for '${name}'`);
  const sets = inner.length > 0 && inner.every(([key]) => !key.startsWith('$'));
  if (sets) return inner.flatMap(([key, item]) => fieldsOf(`${name}.${key}`, item));
  return [{ path: checkedPath(name), expression: parseExpression(value) }];
}

function refuseCollisions(paths: readonly FieldPath[]): void {
  paths.forEach((path, position) => {
    if (paths.slice(0, position).some((other) => other.overlaps(path)))
      throw new CommandError(31249, `Path collision at ${path.text}`);
  });
}

function treeOf(fields: readonly SetField[]): Tree {
  const root: Tree = new Map();
  for (const { path, expression } of fields) {
    let tree = root;
    for (const part of path.parts.slice(0, -1)) {
      const known = tree.get(part);
      const inner: Tree = known instanceof Map ? known : new Map();
      tree.set(part, inner);
      tree = inner;
    }
    tree.set(path.parts.at(-1) ?? '', expression);
  }
  return root;
}

function withFields(tree: Tree, value: RawValue | undefined, root: RawValue): RawValue {
  if (value?.isArray) return arrayValue(itemsOf(value).map((item) => withFields(tree, item, root)));
  const inner = value?.isDocument ? new Map(elementsOf(value)) : new Map<string, RawValue>();
  for (const [name, node] of tree) {
    const next = node instanceof Map ? withFields(node, inner.get(name), root) : node(root);
    if (next === undefined) inner.delete(name);
    else inner.set(name, next);
  }
  return documentValue(documentOf(inner));
}

/** The paths that `$unset` leaves out. */
export function unsetPaths(operand: RawValue): string[] {
  const items = operand.isArray ? itemsOf(operand) : [operand];
  if (items.length === 0) throw badValue('$unset needs at least one field');
  return items.map((item) => {
    if (item.type !== BSON.string) throw badValue('$unset needs field names');
    return checkedPath(stringOf(item)).text;
  });
}
