import { documentValue, elementsOf, type RawValue, toPlain } from '../bson/raw.ts';
import { CommandError } from '../errors.ts';

/** E11000 with what MongoDB tells about it: the index's key pattern and the values that are taken. */
export class DuplicateKeyError extends CommandError {
  readonly keyPattern: RawValue;
  readonly keyValue: Buffer;

  constructor(namespace: string, indexName: string, keyPattern: RawValue, keyValue: Buffer) {
    const shown = elementsOf(documentValue(keyValue)).map(([name, value]) => `${name}: ${show(value)}`);
    super(
      11000,
      `E11000 duplicate key error collection: ${namespace} index: ${indexName} dup key: { ${shown.join(', ')} }`,
    );
    this.keyPattern = keyPattern;
    this.keyValue = keyValue;
  }
}

function show(value: RawValue): string {
  return JSON.stringify(toPlain(value), (_, item: unknown) =>
    typeof item === 'bigint' ? item.toString() : item,
  );
}
