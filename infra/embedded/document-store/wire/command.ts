import { BSON, elementsOf, itemsOf, numberOf, type RawValue, stringOf, typeName } from '../bson/raw.ts';
import { badValue, CommandError, notImplemented, typeMismatch } from '../errors.ts';

/** Fields the driver adds on its own. They are known and need nothing beyond what is checked here. */
const HOUSEKEEPING: ReadonlySet<string> = new Set(['$db', '$readPreference', 'comment']);
const TRANSACTION_FIELDS: readonly string[] = ['txnNumber', 'autocommit', 'startTransaction'];
/** Commands that change something; a write concern means nothing to the others. */
const CHANGING: ReadonlySet<string> = new Set([
  'insert',
  'update',
  'delete',
  'findAndModify',
  'bulkWrite',
  'createIndexes',
  'dropIndexes',
  'create',
  'drop',
  'dropDatabase',
  'renameCollection',
]);
const READ_CONCERNS: readonly string[] = ['local', 'available', 'majority'];

/**
 * A document whose fields are taken one by one; what nobody took is refused by name at the end, so nothing a client
 * asks for is silently ignored.
 */
export class Fields {
  readonly owner: string;
  private readonly fields: Map<string, RawValue>;

  constructor(owner: string, document: RawValue) {
    this.owner = owner;
    const elements = elementsOf(document);
    this.fields = new Map(elements);
    if (this.fields.size !== elements.length)
      throw new CommandError(40413, `a field of ${owner} is duplicated`);
  }

  /** Takes a field of any type. */
  take(name: string): RawValue | undefined {
    const value = this.fields.get(name);
    this.fields.delete(name);
    return value;
  }

  private typed(name: string, type: number): RawValue | undefined {
    const value = this.take(name);
    if (value === undefined || value.type === type) return value;
    throw typeMismatch(
      `field '${name}' of ${this.owner} must be ${typeName(type)}, not ${typeName(value.type)}`,
    );
  }

  private required(name: string, value: RawValue | undefined): RawValue {
    if (value === undefined) throw new CommandError(9, `field '${name}' of ${this.owner} is missing`);
    return value;
  }

  document(name: string): RawValue | undefined {
    return this.typed(name, BSON.document);
  }

  requiredDocument(name: string): RawValue {
    return this.required(name, this.document(name));
  }

  array(name: string): RawValue[] | undefined {
    const value = this.typed(name, BSON.array);
    return value === undefined ? undefined : itemsOf(value);
  }

  string(name: string): string | undefined {
    const value = this.typed(name, BSON.string);
    return value === undefined ? undefined : stringOf(value);
  }

  requiredString(name: string): string {
    const value = this.string(name);
    if (value === undefined) throw new CommandError(9, `field '${name}' of ${this.owner} is missing`);
    return value;
  }

  requiredAny(name: string): RawValue {
    return this.required(name, this.take(name));
  }

  /** A boolean; numbers count as their truth, as MongoDB allows for most flags. */
  flag(name: string): boolean | undefined {
    const value = this.take(name);
    if (value === undefined) return undefined;
    if (value.type === BSON.boolean) return value.bytes[value.start] === 1;
    const number = numberOf(value);
    if (number === undefined) throw typeMismatch(`field '${name}' of ${this.owner} must be bool`);
    return Number(number) !== 0;
  }

  /** A whole number that is not negative. */
  count(name: string): number | undefined {
    const value = this.take(name);
    if (value === undefined || value.type === BSON.null) return undefined;
    const number = Number(numberOf(value) ?? Number.NaN);
    if (!Number.isSafeInteger(number))
      throw typeMismatch(`field '${name}' of ${this.owner} must be a whole number`);
    if (number < 0) throw badValue(`field '${name}' of ${this.owner} must not be negative`);
    return number;
  }

  /** A flag this server supports only when it is off. */
  mustBeOff(name: string): void {
    if (this.flag(name) === true) throw notImplemented(`option '${name}' of ${this.owner}`);
  }

  /** Refuses by name (238) whatever was not taken. */
  refuseRest(): void {
    const [name] = this.fields.keys();
    if (name !== undefined) throw notImplemented(`option '${name}' of ${this.owner}`);
  }

  protected dropKnown(names: Iterable<string>): void {
    for (const name of names) this.fields.delete(name);
  }

  protected has(name: string): boolean {
    return this.fields.has(name);
  }
}

/** A client's command. */
export class Command extends Fields {
  readonly name: string;
  readonly database: string;
  /** The value of the first field, usually the collection's name. */
  readonly target: RawValue;
  /** Milliseconds; 0 means no limit. */
  readonly maxTimeMs: number;
  /** Whether writes may be answered before they are on disk. */
  readonly unsynced: boolean;
  /** The client's session id, or undefined. */
  readonly session: string | undefined;
  private readonly sequences: ReadonlyMap<string, readonly RawValue[]>;
  private readonly takenSequences = new Set<string>();

  constructor(
    name: string,
    target: RawValue,
    body: RawValue,
    database: string,
    sequences: ReadonlyMap<string, readonly RawValue[]>,
  ) {
    super(`command ${name}`, body);
    this.name = name;
    this.target = target;
    this.database = database;
    this.sequences = sequences;
    this.dropKnown([...HOUSEKEEPING, name]);
    this.refuseTransactions();
    this.session = sessionKey(this.document('lsid'));
    this.unsynced = this.takeWriteConcern();
    this.checkReadConcern();
    this.maxTimeMs = this.count('maxTimeMS') ?? 0;
  }

  private refuseTransactions(): void {
    if (!TRANSACTION_FIELDS.some((field) => this.has(field))) return;
    throw new CommandError(20, 'Transaction numbers are only allowed on a replica set member or mongos');
  }

  /**
   * Checks the write concern. Every acknowledged write is on disk, so `w: 1`, `majority` and `j: true` need nothing
   * more; answers whether the client asked not to wait for the disk (`j: false`, not with majority).
   */
  private takeWriteConcern(): boolean {
    const document = this.document('writeConcern');
    if (document === undefined) return false;
    if (!CHANGING.has(this.name)) throw notSupporting(this, 'writeConcern');
    const concern = new Fields('writeConcern', document);
    const journal = concern.flag('j');
    const sync = concern.flag('fsync');
    concern.count('wtimeout');
    const w = concern.take('w');
    concern.refuseRest();
    if (w?.type === BSON.string && stringOf(w) === 'majority') return false;
    const nodes = w === undefined ? 1 : numberOf(w);
    if (nodes === undefined) throw notImplemented('writeConcern w by tag');
    if (Number(nodes) > 1) throw badValue("cannot use 'w' > 1 when a host is not replicated");
    return journal === false && sync !== true;
  }

  private checkReadConcern(): void {
    const document = this.document('readConcern');
    if (document === undefined) return;
    const concern = new Fields('readConcern', document);
    const level = concern.string('level');
    concern.refuseRest();
    if (level !== undefined && !READ_CONCERNS.includes(level))
      throw notImplemented(`readConcern level ${level}`);
    if (CHANGING.has(this.name) && level !== undefined && level !== 'local')
      throw notSupporting(this, `readConcern ${level}`);
  }

  override refuseRest(): void {
    super.refuseRest();
    for (const name of this.sequences.keys())
      if (!this.takenSequences.has(name)) throw notImplemented(`documents '${name}' beside ${this.owner}`);
  }

  /** The collection's name from the first field. */
  collectionName(): string {
    if (this.target.type !== BSON.string) throw typeMismatch(`${this.owner} needs a collection name`);
    return stringOf(this.target);
  }

  /** Documents that came beside the body or as an array inside it. */
  batch(name: string): readonly RawValue[] {
    const items = this.sequences.get(name) ?? this.array(name);
    this.takenSequences.add(name);
    if (items === undefined) throw new CommandError(9, `field '${name}' of ${this.owner} is missing`);
    if (!items.every((item) => item.isDocument))
      throw typeMismatch(`'${name}' of ${this.owner} must hold documents`);
    return items;
  }
}

function notSupporting({ name }: Command, what: string): CommandError {
  return new CommandError(72, `Command ${name} does not support ${what}`);
}

function sessionKey(lsid: RawValue | undefined): string | undefined {
  return lsid === undefined ? undefined : lsid.bytes.toString('latin1', lsid.start, lsid.end);
}

/** The session ids of an endSessions command, in the same form as `Command.session`. */
export function sessionKeys(items: readonly RawValue[]): string[] {
  return items.map((item) => item.bytes.toString('latin1', item.start, item.end));
}
