import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

interface Pending {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

const HEAD_END = Buffer.from('\r\n\r\n');
const NOTHING = Buffer.alloc(0);
/** Longer than any server takes to give a request up. */
const SILENCE_MS = 60_000;

/**
 * One kept-alive HTTP/1.1 connection that carries one request at a time: as little work as possible, because whoever
 * makes the load shares the machine with what is measured. It understands answers with a content-length, no others.
 */
export class HttpConnection {
  readonly #socket: Socket;
  #received: Buffer = NOTHING;
  #pending: Pending | undefined;
  #failure: Error | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the connection was closed')));
    socket.setTimeout(SILENCE_MS, () => this.#fail(new Error('the connection fell silent')));
  }

  static async open({ hostname, port }: Pick<URL, 'hostname' | 'port'>): Promise<HttpConnection> {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    return new HttpConnection(socket);
  }

  get usable(): boolean {
    return this.#failure === undefined;
  }

  /** @param request head and body as they go over the wire @throws Error when the connection breaks */
  send(request: string): Promise<Answer> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const headEnd = this.#received.indexOf(HEAD_END);
    if (headEnd === -1) return;
    const head = this.#received.toString('latin1', 0, headEnd);
    const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1];
    if (length === undefined) {
      this.#fail(new Error(`an answer without a length: ${head.split('\r\n')[0]}`));
      return;
    }
    const end = headEnd + HEAD_END.length + Number(length);
    if (this.#received.length < end) return;
    const body = this.#received.toString('utf8', headEnd + HEAD_END.length, end);
    this.#received = NOTHING;
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.resolve({ status: Number(head.slice(9, 12)), body });
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#pending?.reject(this.#failure);
    this.#pending = undefined;
    this.#socket.destroy();
  }
}

/** A request as it goes over the wire. */
export function wireRequest(
  { host }: Pick<URL, 'host'>,
  line: string,
  headers: Readonly<Record<string, string>> = {},
  body?: string,
): string {
  const all = Object.entries({
    host,
    ...headers,
    ...(body !== undefined && {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
    }),
  });
  const head = all.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `${line} HTTP/1.1\r\n${head}\r\n${body ?? ''}`;
}
