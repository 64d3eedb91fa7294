import type { EventCatalogue, EventOf } from '@qingpu/contracts/events/catalogue';
import type { StoredEvent } from '@qingpu/contracts/events/stored-event';

/**
 * Reacts to events with commands. `react` is pure: the same event always gives the same commands in the same order,
 * because their ids are derived from the event's id; after a kill they are sent again and answered as the first time.
 */
export interface ProcessManager<Catalogue extends EventCatalogue = EventCatalogue, Command = unknown> {
  readonly name: string;
  /** The types it listens to; an unknown version of one of them stops it. */
  readonly catalogue: Catalogue;
  react(event: EventOf<Catalogue>, stored: StoredEvent): readonly Command[];
}
