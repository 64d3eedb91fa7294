import { type EventCatalogue, type EventOf, readEvent } from '@qingpu/contracts/events/catalogue';
import type { Actor, StoredEvent } from '@qingpu/contracts/events/stored-event';
import {
  foldWrites,
  type Opener,
  type Projection,
  physicalCollection,
  type ViewDefinition,
} from '../view.ts';
import type { ViewStore } from '../view-store.ts';

const STAFF: Actor = { kind: 'staff', id: 'staff-1' };
const NEVER_OPENED: Opener = {
  open: async () => {
    throw new Error('this view opens nothing');
  },
};

/** A log in memory: gives events their id, revision, position and time. */
export class ViewLog<Event extends EventOf<EventCatalogue>> {
  readonly events: StoredEvent[] = [];
  readonly #revisions = new Map<string, number>();
  readonly #streamOf: (event: Event) => string;

  constructor(streamOf: (event: Event) => string) {
    this.#streamOf = streamOf;
  }

  add(event: Event, { actor = STAFF, at }: { readonly actor?: Actor; readonly at?: string } = {}): this {
    const stream = this.#streamOf(event);
    const revision = (this.#revisions.get(stream) ?? -1) + 1;
    this.#revisions.set(stream, revision);
    const position = BigInt(this.events.length + 1);
    this.events.push({
      id: `event-${position}`,
      type: event.type,
      data: event.data,
      stream,
      revision,
      position,
      metadata: {
        schemaVersion: 1,
        commandId: `command-${position}`,
        bodyHmac: 'hmac',
        actor,
        correlationId: 'correlation',
        causationId: 'causation',
        occurredAt: at ?? minuteOf(this.events.length),
      },
    });
    return this;
  }
}

/** When event number `index` of a log happened unless it says otherwise. */
export function minuteOf(index: number): string {
  const hour = String(8 + Math.floor(index / 60)).padStart(2, '0');
  return `2026-03-01T${hour}:${String(index % 60).padStart(2, '0')}:00.000+08:00`;
}

/** Takes one batch of events into a view as its runner does. */
export async function takeInto<Catalogue extends EventCatalogue>(
  projection: Projection<Catalogue>,
  store: ViewStore,
  events: readonly StoredEvent[],
  opener: Opener = NEVER_OPENED,
): Promise<void> {
  const { view, catalogue } = projection;
  const projected = await Promise.all(
    events.map(async (stored) => {
      const event = readEvent(catalogue, { ...stored, version: stored.metadata.schemaVersion });
      return event ? projection.project(event, stored, opener) : [];
    }),
  );
  await store.write(
    foldWrites(projected.flat()).map((write) => ({
      ...write,
      collection: physicalCollection(view, view.version, write.collection),
    })),
  );
}

/** Everything that a view holds, by collection. */
export async function contentOf(view: ViewDefinition, store: ViewStore) {
  const read = async (collection: string) =>
    [
      collection,
      await store.find(physicalCollection(view, view.version, collection), {
        filter: {},
        sort: { _id: 1 },
        limit: 10_000,
      }),
    ] as const;
  return Object.fromEntries(await Promise.all(Object.keys(view.collections).map(read)));
}
