import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';

const LOOPBACK = '127.0.0.1';

/** Where a simulator is to listen: on this machine and a free port, if not told otherwise. */
export interface ListeningPlace {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}

export interface Listening {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** The app of a simulator, which takes bodies as they come. @param bodyLimit bytes */
export function simulatorApp(bodyLimit: number): FastifyInstance {
  return fastify({
    bodyLimit,
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
  });
}

/** Lets the app listen. @param release ends whoever is kept waiting, before the app closes */
export async function listenAt(
  app: FastifyInstance,
  { host = LOOPBACK, port = 0 }: ListeningPlace,
  release: () => void | Promise<void>,
): Promise<Listening> {
  await app.listen({ host, port });
  return {
    url: urlOf(app, host),
    port: portOf(app),
    close: async () => {
      await release();
      await app.close();
    },
  };
}

/** The origin of an app that listens. */
export function urlOf(app: FastifyInstance, host = LOOPBACK): string {
  return `http://${host}:${portOf(app)}`;
}

function portOf(app: FastifyInstance): number {
  const address = app.server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the simulator has no port');
  return address.port;
}

/** Cuts the connection without an answer. */
export function cut(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.hijack();
  request.raw.socket.destroy();
  return reply;
}

/** Aborted when the client goes away, so that nobody is kept waiting for nothing. */
export function departureOf(reply: FastifyReply): AbortSignal {
  const departure = new AbortController();
  reply.raw.once('close', () => departure.abort());
  if (reply.raw.destroyed) departure.abort();
  return departure.signal;
}
