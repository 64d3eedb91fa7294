/** A form's values: the request's body, possibly unfinished. */
export type Values = Readonly<Record<string, unknown>>;

/** The value at a path; undefined where the path ends early. */
export function valueAt(values: unknown, path: readonly string[]): unknown {
  let value = values;
  for (const part of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Values)[part];
  }
  return value;
}

/** A copy of the values with another value at a path. */
export function withValue(values: Values, path: readonly string[], value: unknown): Values {
  const [first, ...rest] = path;
  if (first === undefined) return values;
  const inner = values[first];
  if (rest.length === 0) return { ...values, [first]: value };
  const branch = typeof inner === 'object' && inner !== null ? (inner as Values) : {};
  return { ...values, [first]: withValue(branch, rest, value) };
}

export function sameValue(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What became of a person's edits when someone else changed the entry meanwhile. */
export interface Merge {
  readonly values: Values;
  /** Fields both changed; the person's own value stands in the form. */
  readonly conflicts: readonly (readonly string[])[];
}

/**
 * Carries a person's edits over to the newest version: fields the person left alone take the newest value,
 * fields the person changed keep the person's.
 */
export function mergeEdits(
  base: Values,
  mine: Values,
  newest: Values,
  paths: readonly (readonly string[])[],
): Merge {
  let values = newest;
  const conflicts: (readonly string[])[] = [];
  for (const path of paths) {
    const own = valueAt(mine, path);
    if (sameValue(own, valueAt(base, path))) continue;
    values = withValue(values, path, own);
    const theirs = valueAt(newest, path);
    if (!sameValue(theirs, valueAt(base, path)) && !sameValue(theirs, own)) conflicts.push(path);
  }
  return { values, conflicts };
}
