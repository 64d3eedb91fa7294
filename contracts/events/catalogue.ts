import type { z } from 'zod';

/** One published event type: its current version, its schema and the steps that lift older versions to it. */
export interface EventDefinition<Schema extends z.ZodType = z.ZodType> {
  readonly version: number;
  readonly schema: Schema;
  /** `upcasters[n]` lifts the data of version n to version n + 1. */
  readonly upcasters?: Readonly<Record<number, (data: unknown) => unknown>>;
}

export type EventCatalogue = Readonly<Record<string, EventDefinition>>;

/** The union of events that a catalogue declares: `{ type, data }`. */
export type EventOf<Catalogue extends EventCatalogue> = {
  [Type in keyof Catalogue & string]: {
    readonly type: Type;
    readonly data: z.infer<Catalogue[Type]['schema']>;
  };
}[keyof Catalogue & string];

/** A declared type came with a version that this build does not know: a newer writer, or a forgotten upcaster. */
export class UnknownEventVersion extends Error {
  override readonly name = 'UnknownEventVersion';
  constructor(
    readonly eventType: string,
    readonly eventVersion: number,
  ) {
    super(`event ${eventType} has version ${eventVersion}, which this build does not know`);
  }
}

/** The data of a stored event does not fit its published schema. */
export class MalformedEvent extends Error {
  override readonly name = 'MalformedEvent';
  constructor(
    readonly eventType: string,
    fields: readonly string[],
  ) {
    super(`event ${eventType} does not fit its schema at: ${fields.join(', ')}`);
  }
}

/**
 * Reads a stored event: lifts it to the current version and checks it.
 * Returns undefined for a type that the catalogue does not declare.
 * Throws UnknownEventVersion or MalformedEvent; neither message carries any value of the event.
 */
export function readEvent<Catalogue extends EventCatalogue>(
  catalogue: Catalogue,
  stored: { readonly type: string; readonly version: number; readonly data: unknown },
): EventOf<Catalogue> | undefined {
  const definition = Object.hasOwn(catalogue, stored.type) ? catalogue[stored.type] : undefined;
  if (!definition) return undefined;
  const parsed = definition.schema.safeParse(upcast(stored, definition));
  if (!parsed.success)
    throw new MalformedEvent(
      stored.type,
      parsed.error.issues.map((issue) => issue.path.join('.')),
    );
  return { type: stored.type, data: parsed.data } as EventOf<Catalogue>;
}

function upcast(
  stored: { readonly type: string; readonly version: number; readonly data: unknown },
  definition: EventDefinition,
): unknown {
  let data = stored.data;
  for (let version = stored.version; version < definition.version; version++) {
    const lift = definition.upcasters?.[version];
    if (!lift) throw new UnknownEventVersion(stored.type, stored.version);
    data = lift(data);
  }
  if (stored.version > definition.version) throw new UnknownEventVersion(stored.type, stored.version);
  return data;
}
