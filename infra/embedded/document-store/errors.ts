const CODE_NAMES = {
  1: 'InternalError',
  2: 'BadValue',
  9: 'FailedToParse',
  13: 'Unauthorized',
  14: 'TypeMismatch',
  16: 'InvalidLength',
  20: 'IllegalOperation',
  22: 'InvalidBSON',
  26: 'NamespaceNotFound',
  27: 'IndexNotFound',
  28: 'PathNotViable',
  40: 'ConflictingUpdateOperators',
  43: 'CursorNotFound',
  48: 'NamespaceExists',
  50: 'MaxTimeMSExpired',
  53: 'InvalidIdField',
  54: 'NotSingleValueField',
  66: 'ImmutableField',
  67: 'CannotCreateIndex',
  72: 'InvalidOptions',
  73: 'InvalidNamespace',
  85: 'IndexOptionsConflict',
  86: 'IndexKeySpecsConflict',
  171: 'CannotIndexParallelArrays',
  175: 'QueryPlanKilled',
  197: 'InvalidIndexSpecificationOption',
  238: 'NotImplemented',
  292: 'QueryExceededMemoryLimitNoDiskUseAllowed',
  10334: 'BSONObjectTooLarge',
  11000: 'DuplicateKey',
  12051: 'CursorInUse',
  14031: 'OutOfDiskSpace',
  17280: 'Location17280',
  31249: 'Location31249',
  31254: 'Location31254',
  40323: 'Location40323',
  40324: 'Location40324',
  40413: 'Location40413',
  51091: 'Location51091',
} as const;

export type ErrorCode = keyof typeof CODE_NAMES;

/** An error a client sees: numeric MongoDB code, its name and a sentence. */
export class CommandError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string) {
    super(message);
    this.name = 'CommandError';
    this.code = code;
  }

  get codeName(): string {
    return CODE_NAMES[this.code];
  }
}

/** What this server does not support is refused by its name (code 238), never ignored. */
export function notImplemented(what: string): CommandError {
  return new CommandError(238, `${what} is not implemented by the embedded document store`);
}

/** `value` cannot be what the command needs (code 2). */
export function badValue(message: string): CommandError {
  return new CommandError(2, message);
}

/** `value` has another BSON type than the field needs (code 14). */
export function typeMismatch(message: string): CommandError {
  return new CommandError(14, message);
}
