import type { Socket } from 'node:net';
import type { Context } from '../commands/context.ts';
import { asCommandError, errorReply } from '../commands/errors.ts';
import { prepare } from '../commands/registry.ts';
import { CommandError } from '../errors.ts';
import { HEADER_BYTES, MAX_MESSAGE_BYTES, parseMessage, type Request, replyMessage } from './message.ts';

/** Cuts a byte stream into messages; throws when a length makes no sense. */
class MessageReader {
  private chunks: Buffer[] = [];
  private buffered = 0;

  push(chunk: Buffer): void {
    this.chunks.push(chunk);
    this.buffered += chunk.length;
  }

  /** The next complete message, or undefined until more bytes came. */
  next(): Buffer | undefined {
    if (this.buffered < HEADER_BYTES) return undefined;
    const length = this.peekLength();
    if (length < HEADER_BYTES || length > MAX_MESSAGE_BYTES + HEADER_BYTES) {
      throw new CommandError(22, `message length ${length}`);
    }
    if (this.buffered < length) return undefined;
    const all = this.joined();
    const rest = all.subarray(length);
    this.chunks = rest.length > 0 ? [rest] : [];
    this.buffered = rest.length;
    return all.subarray(0, length);
  }

  private peekLength(): number {
    if ((this.chunks[0]?.length ?? 0) < 4) this.joined();
    return this.chunks[0]?.readInt32LE(0) ?? 0;
  }

  private joined(): Buffer {
    const [only] = this.chunks;
    if (only !== undefined && this.chunks.length === 1) return only;
    const all = Buffer.concat(this.chunks, this.buffered);
    this.chunks = [all];
    return all;
  }
}

/** Serves one client: its commands run one after the other, in the order they came. */
export function serve(socket: Socket, context: Context): void {
  const reader = new MessageReader();
  const waiting: Buffer[] = [];
  let working = false;
  const work = async (): Promise<void> => {
    if (working) return;
    working = true;
    for (let message = waiting.shift(); message !== undefined; message = waiting.shift()) {
      await answer(socket, message, context);
    }
    working = false;
    socket.resume();
  };
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    try {
      reader.push(chunk);
      for (let message = reader.next(); message !== undefined; message = reader.next()) waiting.push(message);
      if (working) socket.pause();
      work().catch(() => socket.destroy());
    } catch {
      socket.destroy();
    }
  });
}

async function answer(socket: Socket, message: Buffer, context: Context): Promise<void> {
  const request = parsed(message);
  const document = request instanceof CommandError ? errorReply(request) : await run(request, context);
  if (!(request instanceof CommandError) && !request.wantsReply) return;
  const opCode = request instanceof CommandError ? message.readInt32LE(12) : request.opCode;
  socket.cork();
  for (const part of replyMessage(message.readInt32LE(4), opCode, document)) socket.write(part);
  socket.uncork();
}

/** The request, or the error to answer. */
function parsed(message: Buffer): Request | CommandError {
  try {
    return parseMessage(message);
  } catch (error) {
    return asCommandError(error);
  }
}

async function run(request: Request, context: Context): Promise<Buffer> {
  try {
    return await prepare(request)(context);
  } catch (error) {
    return errorReply(asCommandError(error));
  }
}
