import fc from 'fast-check';

/** Texts that have broken programs before: control characters, half surrogates, other scripts, patterns, operators. */
export const nastyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '',
    ' ',
    '\u0000',
    '\ud800',
    '\u202e反转',
    '.*+?^$(){}|[]\\',
    "' OR 1=1 --",
    '{"$gt":""}',
    '$where',
    '__proto__',
    'constructor',
    'toString',
    '../../etc/passwd',
    '%00',
    '-1',
    'NaN',
    '1e309',
    '9'.repeat(400),
    '张'.repeat(2_000),
    '\n\r\t',
    '<script>alert(1)</script>',
  ),
);

/** Values that JSON can carry and no field expects. */
export const junk: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: nastyText },
  { weight: 2, arbitrary: fc.constantFrom(null, true, false, 0, -1, 1.5, 1e21, [], {}, [[]], { $ne: null }) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

type Path = readonly string[];

/**
 * The value with junk in one place and a key that no schema knows in another: never valid, whatever the junk is.
 */
export function spoiled(value: unknown): fc.Arbitrary<unknown> {
  const places = pathsOf(value);
  return fc
    .record({
      place: fc.constantFrom(...places),
      junk,
      parent: fc.constantFrom(...places.filter((path) => isObject(at(value, path)))),
      // `constructor` and `prototype` are not among them: they are taken away before the schema looks.
      key: fc.constantFrom('unexpected', 'id', '$set', 'isAdmin', 'admin', '字段'),
      removed: fc.boolean(),
    })
    .map(({ place, junk: wrong, parent, key, removed }) => {
      const withKey = changed(value, [...parent, key], wrong);
      const startsWith = place.every((part, index) => part === parent[index]);
      // Junk in place of what holds the unknown key would take the key away again.
      return startsWith ? withKey : changed(withKey, place, removed ? undefined : wrong);
    });
}

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (!isObject(value)) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value);
}

function changed(value: unknown, [key, ...rest]: Path, wrong: unknown): unknown {
  if (key === undefined) return wrong;
  const object = isObject(value) ? value : {};
  return { ...object, [key]: changed(object[key], rest, wrong) };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
