import type { FastifyInstance } from 'fastify';
import { type Listening, type ListeningPlace, listenAt, simulatorApp } from './connections.ts';
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

type AnyDesk = Pick<DeliveryDesk<GatePartner>, 'faults' | 'room' | 'reset'>;

export interface DeskAppParts extends ListeningPlace {
  readonly desk: AnyDesk;
  readonly routes: readonly DeliveryRoute[];
  readonly shelves: readonly Shelf[];
  /** Adds what else it answers. */
  readonly more?: (app: FastifyInstance) => void;
}

/** Lets a desk listen, with its lists and its control endpoint beside it. */
export async function listen({ desk, routes, shelves, more, ...place }: DeskAppParts): Promise<Listening> {
  const app = simulatorApp(BODY_LIMIT);
  await app.register(async (scope) => addRoutes(scope, routes));
  for (const shelf of shelves) addShelf(app, shelf);
  addControlRoutes(app, desk);
  more?.(app);
  return listenAt(app, place, () => desk.reset());
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
