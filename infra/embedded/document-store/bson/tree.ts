import { CommandError } from '../errors.ts';
import { BSON, elementsOf, itemsOf, RawValue } from './raw.ts';
import { BsonWriter } from './writer.ts';

/**
 * A document opened for changes. Only the branches that are changed are opened; everything else stays raw, so types,
 * number widths and key order survive every update.
 */
export type Node = RawValue | TreeDocument | TreeArray;
export type TreeDocument = Map<string, Node>;
export type TreeArray = Node[];

/** Opens a document one level. */
export function openDocument(value: RawValue): TreeDocument {
  return new Map(elementsOf(value));
}

/** Opens a node one level when it is a document or array; other values stay as they are. */
export function opened(node: Node): Node {
  if (!(node instanceof RawValue)) return node;
  if (node.isDocument) return openDocument(node);
  return node.isArray ? itemsOf(node) : node;
}

function writeNode(writer: BsonWriter, name: string, node: Node): void {
  if (node instanceof RawValue) writer.value(name, node);
  else if (node instanceof Map) {
    writer.startDocument(name);
    for (const [key, child] of node) writeNode(writer, key, child);
    writer.end();
  } else {
    writer.startArray(name);
    node.forEach((child, index) => {
      writeNode(writer, String(index), child);
    });
    writer.end();
  }
}

/** The bytes of an opened document. */
export function closeDocument(document: TreeDocument): Buffer {
  const writer = new BsonWriter().startRoot();
  for (const [name, node] of document) writeNode(writer, name, node);
  return writer.end().finish();
}

/** A node as a raw value again. */
export function closed(node: Node): RawValue {
  if (node instanceof RawValue) return node;
  const writer = new BsonWriter().startRoot();
  writeNode(writer, '', node);
  const bytes = writer.end().finish();
  const type = node instanceof Map ? BSON.document : BSON.array;
  if (bytes[4] !== type) throw new CommandError(1, 'unexpected node');
  return new RawValue(type, bytes, 6, bytes.length - 1);
}
