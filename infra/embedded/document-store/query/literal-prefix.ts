/** The plain text that every match of a pattern starts with. */
export interface LiteralPrefix {
  readonly text: string;
  /** Whether every text with this prefix matches. */
  readonly whole: boolean;
}

const SPECIAL = new Set('.*+?^$|()[]{}\\');
/** Stands for bytes that are no UTF-8 when text is read, so as a literal it may match what is not its own bytes. */
const REPLACEMENT = '\uFFFD';

/**
 * The literal prefix of an anchored pattern such as `^abc`, or undefined when there is none. Alternatives and flags
 * that change what a letter or an anchor means are left to the pattern itself.
 */
export function literalPrefix(pattern: RegExp): LiteralPrefix | undefined {
  const { source } = pattern;
  if (!source.startsWith('^') || pattern.ignoreCase || pattern.multiline || source.includes('|'))
    return undefined;
  const literals: string[] = [];
  let rest = source.slice(1);
  for (let next = literalAt(rest); next !== undefined; next = literalAt(rest)) {
    literals.push(next.character);
    rest = rest.slice(next.length);
  }
  if (/^[*?{]/.test(rest)) literals.pop();
  const text = literals.join('').split(REPLACEMENT)[0] ?? '';
  return { text, whole: rest === '' && text.length === literals.join('').length };
}

/** The plain or escaped character a pattern starts with; escaped letters and digits mean something else. */
function literalAt(source: string): { character: string; length: number } | undefined {
  const [first = '', second = ''] = source.slice(0, 3);
  if (first === '\\' && second !== '' && !/[\p{L}\p{N}_]/u.test(second))
    return { character: second, length: 1 + second.length };
  if (first === '' || SPECIAL.has(first)) return undefined;
  return { character: first, length: first.length };
}
