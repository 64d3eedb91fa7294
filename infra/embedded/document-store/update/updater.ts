import { ObjectId } from 'bson';
import { keyOf } from '../bson/keys.ts';
import { checkedPath, type FieldPath, fieldPath } from '../bson/paths.ts';
import { documentValue, ElementCursor, elementsOf, fieldOf, type RawValue, rawFrom } from '../bson/raw.ts';
import { closeDocument, type Node, openDocument, type TreeDocument } from '../bson/tree.ts';
import { withIdFirst } from '../bson/writer.ts';
import { CommandError, notImplemented } from '../errors.ts';
import { type Clause, equalities } from '../query/filter.ts';
import type { Change } from './change.ts';
import { CHANGES } from './operators.ts';
import { placeToWrite } from './places.ts';
import { renameOf } from './rename.ts';
import { checkId, checkSize, checkStorable } from './stored.ts';

const ID = Buffer.from('_id');

/** An update, read and checked once, applied to any number of documents. */
export interface Update {
  readonly replaces: boolean;
  /** The document after the update. Throws when it cannot be applied or would change `_id`. */
  apply(document: Buffer): Buffer;
  /** The document an upsert inserts when nothing matched `filter`. */
  insertFor(filter: Clause): Buffer;
}

/**
 * Reads an update: operators or a whole replacement. Throws NotImplemented (238) for operators that are not
 * supported, ConflictingUpdateOperators (40) for two changes to one field.
 */
export function parseUpdate(update: RawValue): Update {
  if (update.isArray) throw notImplemented('update with an aggregation pipeline');
  if (!update.isDocument) throw new CommandError(9, 'an update must be a document');
  const elements = elementsOf(update);
  const operators = elements.filter(([name]) => name.startsWith('$'));
  if (operators.length === 0) return replacement(update);
  const plain = elements.find(([name]) => !name.startsWith('$'));
  if (plain !== undefined) throw new CommandError(9, `Unknown modifier: ${plain[0]}`);
  return changing(operators);
}

function replacement(update: RawValue): Update {
  checkStorable(update);
  const ownId = fieldOf(update, ID);
  const withId = (id: RawValue): Buffer => {
    if (ownId !== undefined && !sameValue(ownId, id)) throw immutableId();
    return sized(withIdFirst(update, ownId ?? id));
  };
  return {
    replaces: true,
    apply: (document) => withId(idOf(document)),
    insertFor: (filter) => {
      const wanted = equalities(filter).find(({ path }) => path === '_id')?.value;
      return withId(wanted ?? ownId ?? newId());
    },
  };
}

interface PlannedChange {
  readonly path: FieldPath;
  readonly onInsertOnly: boolean;
  readonly change: Change;
}

function changing(operators: readonly (readonly [string, RawValue])[]): Update {
  const planned = operators.flatMap(([name, operand]) => changesOf(name, operand));
  planned.sort((left, right) => comparePaths(left.path, right.path));
  refuseConflicts(planned);
  const always = planned.filter(({ onInsertOnly }) => !onInsertOnly);
  return {
    replaces: false,
    apply: (document) => {
      const root = openDocument(documentValue(document));
      for (const { change } of always) change(root);
      const changed = sized(closeDocument(root));
      if (!sameBytes(idOf(changed), idOf(document))) throw immutableId();
      return changed;
    },
    insertFor: (filter) => {
      const root = seeded(filter);
      const seededId = root.get('_id');
      for (const { change } of planned) change(root);
      return insertable(root, seededId);
    },
  };
}

function changesOf(name: string, operand: RawValue): PlannedChange[] {
  const make = CHANGES.get(name);
  if (make === undefined && name !== '$rename') throw notImplemented(`update operator ${name}`);
  if (!operand.isDocument)
    throw new CommandError(9, `Modifiers operate on fields but ${name} holds no document`);
  return elementsOf(operand).flatMap(([field, value]) => {
    if (make === undefined) return renameChanges(field, value);
    const path = checkedPath(field);
    return [{ path, onInsertOnly: name === '$setOnInsert', change: make(path, value) }];
  });
}

/** The change happens where the target is in the order; the source is only kept from other changes. */
function renameChanges(field: string, value: RawValue): PlannedChange[] {
  const { source, target, change } = renameOf(field, value);
  return [
    { path: target, onInsertOnly: false, change },
    { path: source, onInsertOnly: false, change: () => undefined },
  ];
}

/** New fields are added in the order of their names, numbers by value, as MongoDB does since 5.0. */
function comparePaths(left: FieldPath, right: FieldPath): number {
  for (const [index, part] of left.parts.entries()) {
    const other = right.parts[index];
    if (other === undefined) return 1;
    const order = compareParts(
      part,
      left.steps[index]?.position ?? -1,
      other,
      right.steps[index]?.position ?? -1,
    );
    if (order !== 0) return order;
  }
  return left.parts.length - right.parts.length;
}

function compareParts(left: string, leftNumber: number, right: string, rightNumber: number): number {
  if (leftNumber >= 0 && rightNumber >= 0) return leftNumber - rightNumber;
  if (leftNumber >= 0 || rightNumber >= 0) return leftNumber >= 0 ? -1 : 1;
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function refuseConflicts(planned: readonly PlannedChange[]): void {
  planned.forEach(({ path }, index) => {
    const before = planned[index - 1]?.path;
    if (before?.overlaps(path)) {
      throw new CommandError(
        40,
        `Updating the path '${path.text}' would create a conflict at '${before.text}'`,
      );
    }
  });
}

/** The document an upsert starts from: `_id` first, then the fields the filter fixes. */
function seeded(filter: Clause): TreeDocument {
  const seeds = equalities(filter);
  const root: TreeDocument = new Map();
  const ordered = [
    ...seeds.filter(({ path }) => path === '_id'),
    ...seeds.filter(({ path }) => path !== '_id'),
  ];
  const paths: FieldPath[] = [];
  for (const { path: text, value } of ordered) {
    const path = fieldPath(text);
    if (paths.some((other) => other.overlaps(path))) {
      throw new CommandError(54, `cannot infer query fields to set, path '${text}' is matched twice`);
    }
    paths.push(path);
    checkStorable(value);
    placeToWrite(root, path).set(value);
  }
  return root;
}

function insertable(root: TreeDocument, seededId: Node | undefined): Buffer {
  if (!root.has('_id')) root.set('_id', newId());
  const document = closeDocument(root);
  const id = idOf(document);
  if (seededId !== undefined) {
    const before = closeDocument(new Map([['_id', seededId]]));
    if (!sameBytes(id, idOf(before))) throw immutableId();
  }
  return sized(withIdFirst(documentValue(document), id));
}

function sized(document: Buffer): Buffer {
  checkSize(document);
  return document;
}

function newId(): RawValue {
  return rawFrom(new ObjectId());
}

/** The `_id` of a stored document. */
export function idOf(document: Buffer): RawValue {
  const id = fieldOf(documentValue(document), ID);
  if (id === undefined) throw immutableId();
  return id;
}

/** The fields of the root whose bytes are not the same in both documents; the order of fields does not count. */
export function changedFields(before: Buffer, after: Buffer): Set<string> {
  const changed = new Set<string>();
  const old = new ElementCursor(before, 0);
  const now = new ElementCursor(after, 0);
  for (;;) {
    const [more, moreNow] = [old.next(), now.next()];
    if (!more && !moreNow) return changed;
    if (!more || !moreNow || !old.hasNameOf(now)) break;
    if (!old.hasValueOf(now)) changed.add(now.name());
  }
  return changedInAnyOrder(before, after);
}

function changedInAnyOrder(before: Buffer, after: Buffer): Set<string> {
  const old = new Map(elementsOf(documentValue(before)));
  const changed = new Set<string>();
  for (const [name, value] of elementsOf(documentValue(after))) {
    const known = old.get(name);
    if (known === undefined || !sameBytes(known, value)) changed.add(name);
    old.delete(name);
  }
  for (const name of old.keys()) changed.add(name);
  return changed;
}

function sameBytes(left: RawValue, right: RawValue): boolean {
  if (left.type !== right.type) return false;
  return left.bytes.compare(right.bytes, right.start, right.end, left.start, left.end) === 0;
}

function sameValue(left: RawValue, right: RawValue): boolean {
  return sameBytes(left, right) || keyOf(left).equals(keyOf(right));
}

function immutableId(): CommandError {
  return new CommandError(
    66,
    "Performing an update on the path '_id' would modify the immutable field '_id'",
  );
}

/** A document as an insert stores it: checked, with `_id` first, generated when missing. */
export function storedForm(document: RawValue): Buffer {
  checkStorable(document);
  const id = fieldOf(document, ID) ?? newId();
  checkId(id);
  return sized(Buffer.from(withIdFirst(document, id)));
}

/** Checks a document made by an upsert. */
export function checkedUpsert(document: Buffer): Buffer {
  checkId(idOf(document));
  return document;
}
