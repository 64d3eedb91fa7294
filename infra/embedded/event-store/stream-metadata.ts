import { LAST_NUMBER, type StreamLimits } from './model.ts';

/** What a deleted stream's metadata says, in EventStoreDB's own words. */
export const DELETED_METADATA = Buffer.from('{"$tb":9223372036854775807}');

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** An access list in the metadata, which this engine could not enforce. */
export class AccessListError extends Error {}

function parseObject(data: Uint8Array): Record<string, unknown> {
  const parsed: unknown = JSON.parse(utf8.decode(data));
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new Error('it is not a JSON object');
  }
  return parsed as Record<string, unknown>;
}

/** A whole number of at least `least`; null when it is not there. */
function readInteger(metadata: Record<string, unknown>, key: string, least: number): number | null {
  const value = metadata[key];
  if (value === undefined || value === null) return null;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < least) {
    throw new Error(`${key} must be a whole number of at least ${least}`);
  }
  return Math.min(value, LAST_NUMBER);
}

/**
 * What the data of a metadata event means for reads.
 * @throws AccessListError when it has an access list
 * @throws Error when it is not a JSON object or a limit is not a positive whole number
 */
export function parseStreamMetadata(data: Uint8Array): StreamLimits {
  const metadata = parseObject(data);
  if ('$acl' in metadata) throw new AccessListError('access lists ($acl) would not be enforced');
  return {
    maxCount: readInteger(metadata, '$maxCount', 1),
    maxAge: readInteger(metadata, '$maxAge', 1),
    truncateBefore: readInteger(metadata, '$tb', 0) ?? 0,
  };
}

/** The metadata of a deleted stream that is there again, with its events from `revision` on. */
export function undeletedMetadata(data: Uint8Array, revision: number): Buffer {
  return Buffer.from(JSON.stringify({ ...parseObject(data), $tb: revision }));
}
