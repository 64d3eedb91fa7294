import { Refusal, unsupported } from './errors.ts';
import { Status } from './status.ts';

/** gRPC's prefix of a message: one byte that says whether it is compressed, four that give its length. */
export const PREFIX_BYTES = 5;
/** What the client itself accepts; an append over the limit must arrive whole to be refused by name. */
const MESSAGE_BYTES = 17 * 1024 * 1024;

/** Cuts the bytes of a call, as they arrive, into its messages. */
export class MessageSplitter {
  #held: Buffer[] = [];
  #heldBytes = 0;
  #wantedBytes = 0;

  /**
   * Delivers each message that `chunk` completes; it shares the chunk's memory.
   * @throws Refusal when a message is compressed or too long
   */
  take(chunk: Buffer, deliver: (message: Buffer) => void): void {
    let bytes = chunk;
    if (this.#heldBytes > 0) {
      this.#hold(chunk);
      if (this.#heldBytes < this.#wantedBytes) return;
      bytes = Buffer.concat(this.#held);
      this.#held = [];
      this.#heldBytes = 0;
    }
    let at = 0;
    while (bytes.length - at >= PREFIX_BYTES) {
      const end = at + PREFIX_BYTES + messageLength(bytes, at);
      if (end > bytes.length) break;
      deliver(bytes.subarray(at + PREFIX_BYTES, end));
      at = end;
    }
    if (at === bytes.length) return;
    const rest = bytes.subarray(at);
    this.#wantedBytes = PREFIX_BYTES + (rest.length < PREFIX_BYTES ? 0 : messageLength(rest, 0));
    this.#hold(rest);
  }

  #hold(bytes: Buffer): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
  }
}

function messageLength(bytes: Buffer, at: number): number {
  if (bytes[at] !== 0) throw unsupported('Compression', 'send messages as they are');
  const length = bytes.readUInt32BE(at + 1);
  if (length > MESSAGE_BYTES) {
    throw new Refusal(Status.RESOURCE_EXHAUSTED, `A message may have ${MESSAGE_BYTES} bytes at most`);
  }
  return length;
}

/** Puts messages, each behind its prefix, into one buffer of `bytes`. */
export function joinMessages(messages: readonly Uint8Array[], bytes: number): Buffer {
  const joined = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const message of messages) {
    joined[at] = 0;
    joined.writeUInt32BE(message.length, at + 1);
    joined.set(message, at + PREFIX_BYTES);
    at += PREFIX_BYTES + message.length;
  }
  return joined;
}
