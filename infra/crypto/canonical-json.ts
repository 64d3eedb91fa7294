/**
 * JSON with object keys in code-unit order and no white space: the same value always gives the same text. It knows
 * what JSON knows: fields that are undefined are left out, `toJSON` is honoured.
 * @throws TypeError when the value has no JSON form: undefined, a function, a bigint, or a number that is not finite
 */
export function canonicalJson(value: unknown): string {
  const text = canonical(plain(value, ''));
  if (text === undefined) throw new TypeError('the value has no JSON form');
  return text;
}

function canonical(value: unknown): string | undefined {
  if (Array.isArray(value)) return `[${value.map((item, i) => canonicalItem(item, String(i))).join(',')}]`;
  if (typeof value === 'object' && value !== null) return canonicalObject(value);
  if (typeof value === 'number' && !Number.isFinite(value)) throw new TypeError('JSON has no such number');
  return JSON.stringify(value);
}

/** In arrays JSON writes null for what it cannot write, to keep the places of the others. */
function canonicalItem(item: unknown, key: string): string {
  return canonical(plain(item, key)) ?? 'null';
}

function canonicalObject(value: object): string {
  const fields: string[] = [];
  for (const [key, field] of Object.entries(value).sort(byKey)) {
    const text = canonical(plain(field, key));
    if (text !== undefined) fields.push(`${JSON.stringify(key)}:${text}`);
  }
  return `{${fields.join(',')}}`;
}

function byKey([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}

function plain(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !('toJSON' in value)) return value;
  return typeof value.toJSON === 'function' ? value.toJSON(key) : value;
}
