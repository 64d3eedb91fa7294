/** Filters of a list as they stand in the URL; undefined and empty values are left out. */
export type QueryValues = Readonly<Record<string, string | number | boolean | undefined>>;

/** The values as `?a=1&b=2`, or an empty string; keys keep their order. */
export function searchOf(values: QueryValues): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value !== undefined && value !== '') query.set(key, String(value));
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}

/** The declared filters as the URL has them; whatever else the URL carries is ignored. */
export function readQuery<Defaults extends Readonly<Record<string, string>>>(
  search: string | URLSearchParams,
  defaults: Defaults,
): { -readonly [Key in keyof Defaults]: string } {
  const query = new URLSearchParams(search);
  const entries = Object.entries(defaults).map(([key, value]) => [key, query.get(key) ?? value]);
  return Object.fromEntries(entries);
}

/** Filters as a search string; values equal to their default are left out, so that plain lists have plain addresses. */
export function writeQuery<Defaults extends Readonly<Record<string, string>>>(
  values: Readonly<Record<keyof Defaults, string>>,
  defaults: Defaults,
): string {
  const changed = Object.entries<string>(values).filter(([key, value]) => value !== defaults[key]);
  return searchOf(Object.fromEntries(changed));
}

/** The page number in a query; 1 for anything that is not a positive whole number. */
export function pageOfQuery(text: string): number {
  const page = Number(text);
  return Number.isInteger(page) && page > 0 ? page : 1;
}
