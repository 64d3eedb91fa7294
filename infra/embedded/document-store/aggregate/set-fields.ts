import { checkedPath, type FieldPath } from '../bson/paths.ts';
import { BSON, documentValue, elementsOf, itemsOf, type RawValue, stringOf } from '../bson/raw.ts';
import { closeDocument, openDocument } from '../bson/tree.ts';
import { badValue, CommandError, notImplemented } from '../errors.ts';
import { placeIfPresent, placeToWrite } from '../update/places.ts';
import { parseExpression } from './expression.ts';
import type { Expression } from './operators.ts';

type Change = (document: Buffer) => Buffer;

interface SetField {
  readonly path: FieldPath;
  readonly expression: Expression;
}

/**
 * `$addFields` and `$set`: every expression reads the document as it came in. A field whose expression gives nothing
 * is left out. Setting a path inside of an array, which MongoDB does in every element, is refused (238).
 */
export function setFieldsStage(stage: string, specification: RawValue): Change {
  const fields = elementsOf(specification).flatMap(([name, value]) => fieldsOf(name, value));
  if (fields.length === 0) throw badValue(`${stage} needs at least one field`);
  refuseCollisions(fields.map(({ path }) => path));
  return (document) => {
    const input = documentValue(document);
    const root = openDocument(input);
    for (const { path, expression } of fields) {
      refuseArrays(stage, root, path);
      const value = expression(input);
      if (value === undefined) placeIfPresent(root, path)?.remove();
      else {
        replacePlainValues(root, path);
        placeToWrite(root, path).set(value);
      }
    }
    return closeDocument(root);
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

type Root = ReturnType<typeof openDocument>;

function parents(path: FieldPath): FieldPath[] {
  return path.parts.slice(1).map((_, depth) => checkedPath(path.parts.slice(0, depth + 1).join('.')));
}

function refuseArrays(stage: string, root: Root, path: FieldPath): void {
  for (const parent of parents(path)) {
    const node = placeIfPresent(root, parent)?.get();
    if (Array.isArray(node) || (node !== undefined && 'isArray' in node && node.isArray))
      throw notImplemented(`${stage} of '${path.text}' through the array '${parent.text}'`);
  }
}

/** Where a plain value is in the way, a document takes its place, as in MongoDB. */
function replacePlainValues(root: Root, path: FieldPath): void {
  for (const parent of parents(path)) {
    const place = placeIfPresent(root, parent);
    const node = place?.get();
    if (node !== undefined && 'isDocument' in node && !node.isDocument) place?.set(new Map());
  }
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
