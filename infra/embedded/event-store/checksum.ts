import { crc32 } from 'node:zlib';
import type { RecordedEvent, StreamState } from './model.ts';

/** CRC-32 over everything an event is, including the name of its stream and its place in it. */
export function eventChecksum(event: RecordedEvent): number {
  const { position, revision, created, isJson, metadata, stream, type } = event;
  const head = `${position} ${revision} ${created} ${isJson ? 1 : 0} ${metadata.length} ${stream}\0${type}`;
  return crc32(event.data, crc32(metadata, crc32(event.id, crc32(head))));
}

/** CRC-32 over a row of the stream table, except its number. */
export function streamChecksum(state: Omit<StreamState, 'id'>): number {
  const { name, revision, tombstoned, truncateBefore, maxCount, maxAge } = state;
  return crc32(`${revision} ${tombstoned ? 1 : 0} ${truncateBefore} ${maxCount} ${maxAge} ${name}`);
}
