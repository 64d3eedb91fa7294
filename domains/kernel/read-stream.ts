import { type EventCatalogue, type EventOf, readEvent } from '@qingpu/contracts/events/catalogue';
import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import { type Decider, fold } from './decider.ts';
import type { EventLog } from './event-log.ts';

/** Stored events as the context's own, lifted and checked; types that the catalogue does not declare are passed over. */
export function readEvents<Catalogue extends EventCatalogue>(
  catalogue: Catalogue,
  history: readonly StoredEvent[],
): EventOf<Catalogue>[] {
  return history.flatMap((stored) => {
    const event = readEvent(catalogue, {
      type: stored.type,
      version: stored.metadata.schemaVersion,
      data: stored.data,
    });
    return event ? [event] : [];
  });
}

/** The state of one aggregate as its stream says now. */
export async function readStream<State, Catalogue extends EventCatalogue>(
  log: Pick<EventLog, 'readStream'>,
  stream: string,
  catalogue: Catalogue,
  decider: Pick<Decider<State, never, EventOf<Catalogue>, never>, 'initialState' | 'evolve'>,
): Promise<State> {
  return fold(decider, readEvents(catalogue, await log.readStream(stream)));
}
