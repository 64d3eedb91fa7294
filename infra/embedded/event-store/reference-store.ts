/**
 * The simplest store that could be right, written apart from the engine: lists in memory and the rules of
 * EventStoreDB as its documents and its client tell them. The model test compares the engine with it.
 */

export type Expected = 'any' | 'no_stream' | 'stream_exists' | bigint;
export type Answer = number | 'conflict' | 'deleted';

export interface ReferenceEvent {
  /** Undefined for events that the store itself writes. */
  readonly id: string | undefined;
  readonly stream: string;
  readonly revision: bigint;
}

export interface ReferenceMetadata {
  readonly maxCount?: number;
  readonly truncateBefore?: number;
}

const HIDDEN = Number(2n ** 63n - 1n);

interface Stream {
  readonly ids: (string | undefined)[];
  metadata: ReferenceMetadata;
  gone: boolean;
}

export class ReferenceStore {
  readonly log: ReferenceEvent[] = [];
  readonly #streams = new Map<string, Stream>();

  /** Number of events that were ever appended to a stream. */
  length(name: string): number {
    return this.#stream(name).ids.length;
  }

  /** Answer of an append: its last revision, or why it is refused. */
  append(name: string, ids: readonly string[], expected: Expected): Answer {
    const stream = this.#stream(name);
    if (this.#isGone(name)) return 'deleted';
    const refused = this.#refuses(name, expected);
    const repeated =
      expected === 'stream_exists' && refused ? undefined : this.#repeated(stream, ids, expected);
    if (repeated !== undefined) return repeated;
    const open = expected === 'any' || expected === 'stream_exists';
    const mixed = open && stream.ids.includes(ids[0]);
    if (refused) return refused;
    if (mixed) return 'conflict';
    this.#push(name, ids);
    if (isHidden(stream)) this.#show(name, stream.ids.length - ids.length);
    return stream.ids.length - 1;
  }

  /** Answer of new metadata, whatever revision the metadata stream has. */
  describe(name: string, id: string, metadata: ReferenceMetadata): Answer {
    const stream = this.#stream(name);
    if (stream.gone) return 'deleted';
    const hidden = isHidden(stream);
    this.#push(`$$${name}`, [id]);
    const answer = this.length(`$$${name}`) - 1;
    stream.metadata = metadata;
    if (hidden) this.#show(name, stream.ids.length);
    return answer;
  }

  remove(name: string, expected: Expected, forEver: boolean): Answer {
    const stream = this.#stream(name);
    if (stream.gone) return 'deleted';
    const refused = this.#refuses(name, expected);
    if (refused) return refused;
    if (forEver) {
      stream.gone = true;
      this.log.push({ id: undefined, stream: name, revision: 2n ** 63n - 1n });
    } else {
      this.#push(`$$${name}`, [undefined]);
      stream.metadata = { truncateBefore: HIDDEN };
    }
    return this.log.length;
  }

  /** What a read of a stream shows, oldest first. */
  shown(name: string): { id: string | undefined; revision: number }[] | 'missing' | 'deleted' {
    if (this.#isGone(name)) return 'deleted';
    const { ids, metadata } = this.#stream(name);
    if (ids.length === 0 || isHidden(this.#stream(name))) return 'missing';
    const maxCount = name.startsWith('$$') ? 1 : (metadata.maxCount ?? ids.length);
    const first = Math.max(metadata.truncateBefore ?? 0, ids.length - maxCount);
    return ids.map((id, revision) => ({ id, revision })).slice(first);
  }

  metadata(name: string): ReferenceMetadata {
    return this.#stream(name).metadata;
  }

  /** Why an append or removal is refused before its events are looked at. */
  #refuses(name: string, expected: Expected): 'conflict' | 'deleted' | undefined {
    const stream = this.#stream(name);
    const known = stream.ids.length > 0 || this.length(`$$${name}`) > 0;
    if (expected === 'any') return undefined;
    if (expected === 'stream_exists') {
      if (isHidden(stream)) return 'deleted';
      return known ? undefined : 'conflict';
    }
    if (expected === 'no_stream') return stream.ids.length === 0 || isHidden(stream) ? undefined : 'conflict';
    return Number(expected) === stream.ids.length - 1 ? undefined : 'conflict';
  }

  /** The last revision of the same events where they already stand. */
  #repeated(stream: Stream, ids: readonly string[], expected: Expected): number | undefined {
    const first = stream.ids.indexOf(ids[0]);
    const open = expected === 'any' || expected === 'stream_exists';
    const start = open ? first : expected === 'no_stream' ? 0 : Number(expected) + 1;
    const same = start >= 0 && ids.every((id, n) => stream.ids[start + n] === id);
    return same ? start + ids.length - 1 : undefined;
  }

  #push(name: string, ids: readonly (string | undefined)[]): void {
    const stream = this.#stream(name);
    for (const id of ids) {
      this.log.push({ id, stream: name, revision: BigInt(stream.ids.length) });
      stream.ids.push(id);
    }
  }

  /** A hidden stream is there again, from a revision on; the store notes it in the metadata. */
  #show(name: string, from: number): void {
    this.#push(`$$${name}`, [undefined]);
    const stream = this.#stream(name);
    stream.metadata = { ...stream.metadata, truncateBefore: from };
  }

  #isGone(name: string): boolean {
    return this.#stream(name.startsWith('$$') ? name.slice(2) : name).gone;
  }

  #stream(name: string): Stream {
    const stream = this.#streams.get(name) ?? { ids: [], metadata: {}, gone: false };
    this.#streams.set(name, stream);
    return stream;
  }
}

function isHidden(stream: Stream): boolean {
  return stream.metadata.truncateBefore === HIDDEN;
}
