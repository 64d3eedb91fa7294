import { BSON, checkDocument, documentValue, RawValue } from '../bson/raw.ts';
import { CommandError, notImplemented } from '../errors.ts';

export const OP_REPLY = 1;
export const OP_QUERY = 2004;
export const OP_MSG = 2013;
/** The largest message a client may send, in bytes. */
export const MAX_MESSAGE_BYTES = 48_000_000;
export const HEADER_BYTES = 16;

const MORE_TO_COME = 2;
/** exhaustAllowed, a permission that need not be used. */
const EXHAUST_ALLOWED = 1 << 16;

/** A client's command as it came over the wire. */
export interface Request {
  readonly requestId: number;
  readonly opCode: number;
  /** The command document. */
  readonly body: RawValue;
  /** Documents sent beside the body, such as `documents` of an insert. */
  readonly sequences: ReadonlyMap<string, readonly RawValue[]>;
  /** The database, for OP_QUERY; OP_MSG carries it in the body. */
  readonly database: string | undefined;
  /** False when the client does not want a reply. */
  readonly wantsReply: boolean;
}

/** Reads a complete message. Throws CommandError for anything malformed or not supported. */
export function parseMessage(message: Buffer): Request {
  const opCode = message.readInt32LE(12);
  const requestId = message.readInt32LE(4);
  if (opCode === OP_MSG) return parseOpMsg(message, requestId);
  if (opCode === OP_QUERY) return parseOpQuery(message, requestId);
  throw notImplemented(`wire operation ${opCode}`);
}

function parseOpQuery(message: Buffer, requestId: number): Request {
  const nameEnd = message.indexOf(0, HEADER_BYTES + 4);
  if (nameEnd < 0) throw new CommandError(22, 'OP_QUERY without a collection name');
  const [database, collection] = message.toString('utf8', HEADER_BYTES + 4, nameEnd).split('.');
  if (collection !== '$cmd') throw notImplemented('OP_QUERY for anything but commands');
  const start = nameEnd + 9;
  const end = checkDocument(message, start, message.length);
  const body = documentValue(message.subarray(start, end));
  return { requestId, opCode: OP_QUERY, body, sequences: new Map(), database, wantsReply: true };
}

function parseOpMsg(message: Buffer, requestId: number): Request {
  const flags = message.readUInt32LE(HEADER_BYTES);
  if ((flags & ~(MORE_TO_COME | EXHAUST_ALLOWED)) !== 0) throw notImplemented(`OP_MSG flags ${flags}`);
  const sequences = new Map<string, RawValue[]>();
  let body: RawValue | undefined;
  let at = HEADER_BYTES + 4;
  while (at < message.length) {
    const kind = message[at];
    if (kind === 0) {
      const end = checkDocument(message, at + 1, message.length);
      body = new RawValue(BSON.document, message, at + 1, end);
      at = end;
    } else if (kind === 1) at = parseSequence(message, at + 1, sequences);
    else throw new CommandError(22, `unknown OP_MSG section ${kind}`);
  }
  if (body === undefined) throw new CommandError(22, 'OP_MSG without a body');
  const wantsReply = (flags & MORE_TO_COME) === 0;
  return { requestId, opCode: OP_MSG, body, sequences, database: undefined, wantsReply };
}

function parseSequence(message: Buffer, start: number, sequences: Map<string, RawValue[]>): number {
  if (start + 4 > message.length) throw new CommandError(22, 'OP_MSG section cut short');
  const end = start + message.readInt32LE(start);
  const nameEnd = message.indexOf(0, start + 4);
  if (end > message.length || nameEnd < 0 || nameEnd >= end)
    throw new CommandError(22, 'OP_MSG section cut short');
  const name = message.toString('utf8', start + 4, nameEnd);
  const documents: RawValue[] = [];
  let at = nameEnd + 1;
  while (at < end) {
    const documentEnd = checkDocument(message, at, end);
    documents.push(new RawValue(BSON.document, message, at, documentEnd));
    at = documentEnd;
  }
  sequences.set(name, documents);
  return end;
}

let lastRequestId = 0;

function header(length: number, responseTo: number, opCode: number): Buffer {
  lastRequestId = (lastRequestId + 1) & 0x7fffffff;
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.writeInt32LE(length, 0);
  bytes.writeInt32LE(lastRequestId, 4);
  bytes.writeInt32LE(responseTo, 8);
  bytes.writeInt32LE(opCode, 12);
  return bytes;
}

/** The message that answers a request with one document, in the request's own protocol. */
export function replyMessage(requestId: number, opCode: number, document: Buffer): Buffer[] {
  if (opCode === OP_QUERY) {
    const fixed = Buffer.alloc(20);
    fixed.writeInt32LE(8, 0);
    fixed.writeInt32LE(1, 16);
    return [header(HEADER_BYTES + 20 + document.length, requestId, OP_REPLY), fixed, document];
  }
  return [header(HEADER_BYTES + 5 + document.length, requestId, OP_MSG), Buffer.alloc(5), document];
}
