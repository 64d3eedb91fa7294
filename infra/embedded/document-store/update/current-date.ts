import { Timestamp } from 'bson';
import type { FieldPath } from '../bson/paths.ts';
import { BSON, elementsOf, type RawValue, rawFrom, stringOf, typeName } from '../bson/raw.ts';
import { badValue } from '../errors.ts';
import type { Change } from './change.ts';
import { placeToWrite } from './places.ts';

/** `$currentDate`: the time of the change as a date, or as a timestamp that no other change has. */
export function currentDate(path: FieldPath, operand: RawValue): Change {
  const now = kindOf(operand) === 'date' ? () => rawFrom(new Date()) : nextTimestamp;
  return (root) => placeToWrite(root, path).set(now());
}

/** Any boolean means a date, as in MongoDB. */
function kindOf(operand: RawValue): 'date' | 'timestamp' {
  if (operand.type === BSON.boolean) return 'date';
  if (!operand.isDocument)
    throw badValue(`${typeName(operand.type)} is not a valid type for $currentDate: use true or a $type`);
  const elements = elementsOf(operand);
  const odd = elements.find(([name]) => name !== '$type');
  if (odd !== undefined) throw badValue(`Unrecognized $currentDate option: ${odd[0]}`);
  const type = elements[0]?.[1];
  const kind = type?.type === BSON.string ? stringOf(type) : undefined;
  if (kind === 'date' || kind === 'timestamp') return kind;
  throw badValue("the $type of $currentDate must be 'date' or 'timestamp'");
}

let last = { seconds: 0, count: 0 };

function nextTimestamp(): RawValue {
  const seconds = Math.floor(Date.now() / 1000);
  last = seconds > last.seconds ? { seconds, count: 1 } : { seconds: last.seconds, count: last.count + 1 };
  return rawFrom(new Timestamp({ t: last.seconds, i: last.count }));
}
