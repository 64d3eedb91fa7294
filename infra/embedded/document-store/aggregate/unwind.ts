import { checkedPath, type FieldPath } from '../bson/paths.ts';
import {
  BSON,
  documentValue,
  int64Value,
  itemsOf,
  NULL_VALUE,
  type RawValue,
  stringOf,
} from '../bson/raw.ts';
import { closeDocument, closed, type Node, openDocument, opened, type TreeDocument } from '../bson/tree.ts';
import { badValue, notImplemented } from '../errors.ts';
import { Fields } from '../wire/command.ts';

interface UnwindOptions {
  readonly path: FieldPath;
  readonly keepEmpty: boolean;
  readonly indexField: string | undefined;
}

function pathFrom(text: string | undefined): FieldPath {
  if (text === undefined || !text.startsWith('$')) throw badValue("the path of $unwind must start with '$'");
  return checkedPath(text.slice(1));
}

function parseUnwind(value: RawValue): UnwindOptions {
  if (value.type === BSON.string)
    return { path: pathFrom(stringOf(value)), keepEmpty: false, indexField: undefined };
  if (!value.isDocument) throw badValue('$unwind needs a path or a document');
  const fields = new Fields('$unwind', value);
  const path = pathFrom(fields.string('path'));
  const keepEmpty = fields.flag('preserveNullAndEmptyArrays') ?? false;
  const indexField = fields.string('includeArrayIndex');
  fields.refuseRest();
  if (indexField === '' || indexField?.startsWith('$'))
    throw badValue('includeArrayIndex must be a field name');
  if (indexField?.includes('.')) throw notImplemented(`includeArrayIndex of the nested path '${indexField}'`);
  return { path, keepEmpty, indexField };
}

/** The opened document that holds the last part of the path; undefined when documents do not lead there. */
function holderOf(root: TreeDocument, path: FieldPath): TreeDocument | undefined {
  let holder = root;
  for (const part of path.parts.slice(0, -1)) {
    const found: Node | undefined = holder.get(part);
    const next: Node | undefined = found === undefined ? undefined : opened(found);
    if (!(next instanceof Map)) return undefined;
    holder.set(part, next);
    holder = next;
  }
  return holder;
}

/** The `$unwind` stage: one document for each element of an array. */
export function unwindStage(value: RawValue): (document: Buffer) => Buffer[] {
  const options = parseUnwind(value);
  const last = options.path.parts.at(-1) ?? '';
  return (document) => {
    const root = openDocument(documentValue(document));
    const holder = holderOf(root, options.path);
    const found = holder?.get(last);
    const raw = found === undefined ? undefined : closed(found);
    if (holder !== undefined && raw?.isArray) return unwound(root, holder, last, itemsOf(raw), options);
    if (raw !== undefined && raw.type !== BSON.null) return [withPosition(root, options, undefined)];
    return options.keepEmpty ? [withPosition(root, options, undefined)] : [];
  };
}

function unwound(
  root: TreeDocument,
  holder: TreeDocument,
  last: string,
  items: readonly RawValue[],
  options: UnwindOptions,
): Buffer[] {
  if (items.length === 0 && options.keepEmpty) {
    holder.delete(last);
    return [withPosition(root, options, undefined)];
  }
  return items.map((item, position) => {
    holder.set(last, item);
    return withPosition(root, options, position);
  });
}

function withPosition(
  root: TreeDocument,
  { indexField }: UnwindOptions,
  position: number | undefined,
): Buffer {
  if (indexField !== undefined)
    root.set(indexField, position === undefined ? NULL_VALUE : int64Value(BigInt(position)));
  return closeDocument(root);
}
