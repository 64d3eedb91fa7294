import { checkBytes, checkDuration, checkNames, checkWhole, MAX_VALUE_BYTES, toJson } from './bounds.ts';
import type { Cache, CacheSpace, CacheSpaceOptions, ReportFault } from './coordination.ts';

/** Where the texts are kept; reads and writes do without the store when it is away. */
export interface CacheStore {
  read(key: string): Promise<string | undefined>;
  write(key: string, text: string, timeToLiveMs: number): Promise<void>;
  /** @throws CoordinationUnavailable */
  remove(key: string): Promise<void>;
}

interface Flight {
  readonly text: Promise<string>;
  /** The key was set or deleted meanwhile: what is being loaded may be older. */
  overtaken: boolean;
}

/** What every cache has in common: JSON, versions, bounds and one load at a time. */
export class CacheSpaces implements Cache {
  readonly #store: CacheStore;
  readonly #report: ReportFault;
  readonly #flights = new Map<string, Flight>();

  constructor(store: CacheStore, report: ReportFault) {
    this.#store = store;
    this.#report = report;
  }

  space<Value>(options: CacheSpaceOptions<Value>): CacheSpace<Value> {
    checkNames(options.name);
    checkWhole('version', options.version, 1_000_000);
    const keyOf = (key: string) => {
      checkNames(key);
      // Names have no spaces, so no two spaces share a key.
      return `${options.name} ${options.version} ${key}`;
    };
    const parse = (text: string) => options.parse(JSON.parse(text));
    return {
      get: async (key) => this.#get(keyOf(key), parse),
      set: async (key, value, timeToLiveMs) => this.#set(keyOf(key), toJson(value), timeToLiveMs),
      delete: async (key) => this.#delete(keyOf(key)),
      remember: async (key, timeToLiveMs, load) => {
        checkDuration('timeToLiveMs', timeToLiveMs);
        const full = keyOf(key);
        const known = await this.#get(full, parse);
        if (known !== undefined) return known;
        const loadText = async () => toJson(await load());
        return parse(await this.#loadOnce(full, options.name, timeToLiveMs, loadText));
      },
    };
  }

  async #get<Value>(key: string, parse: (text: string) => Value): Promise<Value | undefined> {
    const text = await this.#store.read(key);
    if (text === undefined) return undefined;
    try {
      return parse(text);
    } catch {
      // Written by a build that meant something else by the same version: as good as not there.
      return undefined;
    }
  }

  async #set(key: string, text: string, timeToLiveMs: number): Promise<void> {
    checkDuration('timeToLiveMs', timeToLiveMs);
    checkBytes(text, MAX_VALUE_BYTES);
    this.#overtake(key);
    await this.#store.write(key, text, timeToLiveMs);
  }

  async #delete(key: string): Promise<void> {
    this.#overtake(key);
    await this.#store.remove(key);
  }

  #overtake(key: string): void {
    const flight = this.#flights.get(key);
    if (flight) flight.overtaken = true;
    this.#flights.delete(key);
  }

  #loadOnce(key: string, space: string, ttlMs: number, load: () => Promise<string>): Promise<string> {
    const current = this.#flights.get(key);
    if (current) return current.text;
    const text = load();
    const flight: Flight = { text: text.then((loaded) => keep(loaded)), overtaken: false };
    const keep = async (loaded: string) => {
      if (!flight.overtaken) await this.#keep(key, space, loaded, ttlMs);
      return loaded;
    };
    const land = () => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    this.#flights.set(key, flight);
    flight.text.then(land, land);
    return flight.text;
  }

  async #keep(key: string, space: string, text: string, timeToLiveMs: number): Promise<void> {
    const bytes = Buffer.byteLength(text);
    if (bytes <= MAX_VALUE_BYTES) await this.#store.write(key, text, timeToLiveMs);
    else this.#report({ kind: 'value-too-large', space, bytes });
  }
}
