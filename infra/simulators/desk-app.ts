import fastify, { type FastifyInstance } from 'fastify';
import { portOf } from './connections.ts';
import type { DeliveryDesk, DeliveryRoute } from './delivery-desk.ts';
import { type FaultOrder, faultOrderSchema } from './fault-plan.ts';
import type { ReceivedBook } from './received-book.ts';
import type { GatePartner } from './signature-gate.ts';

const BODY_LIMIT = 65_536;
/** Lines of a list that a person looks at. */
const LIST_LIMIT = 1000;

/** A list over HTTP, newest first and bounded, which can be emptied. */
export interface Shelf {
  readonly path: string;
  readonly list: () => readonly unknown[];
  readonly book: Pick<ReceivedBook<unknown>, 'forgotten' | 'clear'>;
}

export interface DeskApp {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

type AnyDesk = Pick<DeliveryDesk<GatePartner>, 'faults' | 'room' | 'reset'>;

export interface DeskAppParts {
  readonly desk: AnyDesk;
  readonly routes: readonly DeliveryRoute[];
  readonly shelves: readonly Shelf[];
  /** Adds what else it answers. */
  readonly more?: (app: FastifyInstance) => void;
  readonly port?: number | undefined;
  readonly host?: string | undefined;
}

/** Lets a desk listen, with its lists and its control endpoint beside it. */
export async function listen({
  desk,
  routes,
  shelves,
  more,
  port = 0,
  host = '127.0.0.1',
}: DeskAppParts): Promise<DeskApp> {
  const app = fastify({
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false } },
  });
  await app.register(async (scope) => addRoutes(scope, routes));
  for (const shelf of shelves) addShelf(app, shelf);
  addControlRoutes(app, desk);
  more?.(app);
  await app.listen({ host, port });
  return {
    url: `http://${host}:${portOf(app)}`,
    port: portOf(app),
    close: async () => {
      desk.reset();
      await app.close();
    },
  };
}

/** In a scope of its own: the signature covers the body's bytes, so they are kept as they came. */
function addRoutes(scope: FastifyInstance, routes: readonly DeliveryRoute[]): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  for (const { path, receive } of routes) scope.post(path, receive);
}

function addShelf(app: FastifyInstance, { path, list, book }: Shelf): void {
  app.get(path, () => {
    const all = list();
    return { total: all.length, forgotten: book.forgotten, items: all.slice(-LIST_LIMIT).reverse() };
  });
  app.delete(path, (_request, reply) => {
    book.clear();
    return reply.code(204).send();
  });
}

function addControlRoutes(app: FastifyInstance, desk: AnyDesk): void {
  const state = () => ({ fault: desk.faults.current(), waiting: desk.room.waiting });
  app.get('/health', () => ({ status: 'ok' }));
  app.get('/control/fault', state);
  app.put<{ Body: FaultOrder }>('/control/fault', { schema: { body: faultOrderSchema } }, (request) => {
    desk.faults.set(request.body);
    return state();
  });
  app.delete('/control/fault', () => {
    desk.reset();
    return state();
  });
}
