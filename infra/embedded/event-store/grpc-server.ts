import { createServer, type Http2Server, type ServerHttp2Session } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { GrpcCall } from './grpc-call.ts';
import { refusalOf } from './refused-services.ts';

export type CallHandler = (call: GrpcCall) => void;

/** gRPC on clear-text HTTP/2: hands each call to the handler of its path, and refuses the others by their name. */
export class GrpcServer {
  readonly #handlers: ReadonlyMap<string, CallHandler>;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #server: Http2Server;

  /** @param handlers by path, such as `/package.Service/Method` */
  constructor(handlers: ReadonlyMap<string, CallHandler>) {
    this.#handlers = handlers;
    // What a connection may hold in memory is bounded by the limits on its calls, not by the number of frames.
    this.#server = createServer({ maxSessionMemory: Number.MAX_SAFE_INTEGER });
    this.#server.on('session', (session) => this.#keep(session));
    this.#server.on('stream', (stream, headers) => {
      const path = headers[':path'] ?? '';
      const call = new GrpcCall(stream, headers);
      const handler = this.#handlers.get(path);
      if (handler) handler(call);
      else call.fail(refusalOf(path));
    });
  }

  /** @returns the port taken @throws when it is in use */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Lets calls that are ending end, then closes the connections; those that take longer are cut. */
  async shutDown(patienceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    for (const session of this.#sessions) session.close();
    const impatient = setTimeout(() => {
      for (const session of this.#sessions) session.destroy();
    }, patienceMs);
    await closed;
    clearTimeout(impatient);
  }

  #keep(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.on('close', () => this.#sessions.delete(session));
    // A connection that breaks closes its calls, which is all there is to do about it.
    session.on('error', () => session.destroy());
  }
}
