import type { EventCatalogue, EventOf } from '@qingpu/contracts/events/catalogue';
import type { Sealed } from '@qingpu/contracts/events/sealed';
import type { EventMetadata } from '@qingpu/contracts/events/stored-event';
import type { ViewIndex, ViewWrite } from './view-store.ts';

/** What a view stores. A change of shape raises the version: the new one is built beside the old. */
export interface ViewDefinition {
  readonly name: string;
  readonly version: number;
  /** Collections by their logical name. */
  readonly collections: Readonly<Record<string, readonly ViewIndex[]>>;
}

/** Sealed data could not be opened just now; trying again later may help. */
export class OpenerUnavailable extends Error {
  override readonly name = 'OpenerUnavailable';
}

/** Opens sealed personal data for a view. */
export interface Opener {
  /** The content, or undefined when the person has been erased. @throws OpenerUnavailable */
  open(sealed: Sealed): Promise<unknown | undefined>;
}

/** Where an event stands, for guards and times. */
export interface EventPlace {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
  readonly metadata: EventMetadata;
}

/** Folds events into guarded writes. It must be deterministic: the same event always gives the same writes. */
export interface Projection<Catalogue extends EventCatalogue = EventCatalogue> {
  readonly view: ViewDefinition;
  /** The declared types; an unknown version of one of them stops the view. */
  readonly catalogue: Catalogue;
  project(event: EventOf<Catalogue>, place: EventPlace, opener: Opener): Promise<readonly ViewWrite[]>;
}

/** The physical name of a view's collection: its version stands in it. */
export function physicalCollection(
  view: Pick<ViewDefinition, 'name'>,
  version: number,
  collection: string,
): string {
  return `${view.name}_v${version}_${collection}`;
}

/** The name under which a view's runner keeps its checkpoint. */
export function viewConsumer(view: Pick<ViewDefinition, 'name'>, version: number): string {
  return `view:${view.name}@${version}`;
}

/** Joins the writes of a batch: one write a document, later fields over earlier ones. */
export function foldWrites(writes: readonly ViewWrite[]): ViewWrite[] {
  const byDocument = new Map<string, ViewWrite>();
  for (const write of writes) {
    const key = `${write.collection} ${write.id}`;
    const earlier = byDocument.get(key);
    byDocument.set(key, earlier ? { ...write, set: { ...earlier.set, ...write.set } } : write);
  }
  return [...byDocument.values()];
}
