import { pinyin } from 'pinyin-pro';

/** Longest key and longest search text; a longer text could not match any key. */
const MAX_KEY_LENGTH = 40;
/** How many places of a name a search may start at. */
const MAX_STARTS = 40;

export interface SearchFields {
  readonly sortKey: string;
  readonly searchKeys: readonly string[];
  readonly exactKeys: readonly string[];
}

/** Makes names and search texts comparable: one width, lower case, letters and digits only. */
export function normalised(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll('ü', 'v')
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/**
 * Keys under which an entry is found: every end of its names in characters, in pinyin initials and in joined pinyin,
 * and its code. The start of a key is then a part of the name, so one prefix search on one index finds them all.
 */
export function searchFields(
  id: string,
  names: readonly string[],
  code: string,
  reading: 'person' | 'thing',
): SearchFields {
  const plainNames = names.map(normalised);
  const keys = plainNames.flatMap((name) => nameKeys(name, reading));
  const [first = ''] = plainNames;
  return {
    sortKey: `${syllables(first, reading).join(' ')} ${id}`,
    searchKeys: distinct([...keys, normalised(code).slice(0, MAX_KEY_LENGTH)]),
    exactKeys: distinct([...plainNames, normalised(code)]),
  };
}

/** A filter on `searchKeys`; undefined when nothing can match because the text holds no letter or digit. */
export function searchFilter(text: string): Readonly<Record<string, unknown>> | undefined {
  const wanted = normalised(text).slice(0, MAX_KEY_LENGTH);
  return wanted === '' ? undefined : { searchKeys: { $regex: `^${escaped(wanted)}` } };
}

function nameKeys(name: string, reading: 'person' | 'thing'): string[] {
  const sounds = syllables(name, reading);
  const initials = sounds.map((sound) => sound.charAt(0));
  return [...endsOf([...name]), ...endsOf(initials), ...endsOf(sounds)];
}

function endsOf(parts: readonly string[]): string[] {
  return parts
    .slice(0, MAX_STARTS)
    .map((_, start) => parts.slice(start).join('').slice(0, MAX_KEY_LENGTH))
    .filter((key) => key !== '');
}

/** One item a character; a person's first character is read as a surname (单 shan, 仇 qiu). */
function syllables(name: string, reading: 'person' | 'thing'): string[] {
  return pinyin(name, {
    type: 'array',
    toneType: 'none',
    v: true,
    surname: reading === 'person' ? 'head' : 'off',
  });
}

/** Search texts become part of a regular expression and must stay plain text there, whatever `normalised` lets through. */
function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

function distinct(keys: readonly string[]): string[] {
  return [...new Set(keys)];
}
