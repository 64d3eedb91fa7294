import type { Platform } from '../platform.ts';

/** The names of institutions by code; codes that the directory does not have are missing. */
export async function institutionNames(
  { directory }: Pick<Platform, 'directory'>,
  codes: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(
    [...new Set(codes)].map((code) => directory.findEntry('institution', code, code, { staff: true })),
  );
  return new Map(found.flatMap((entry) => (entry ? [[entry.institutionCode, entry.name]] : [])));
}
