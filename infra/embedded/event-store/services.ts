import type { AppendService } from './append-service.ts';
import type { CallHandler } from './grpc-server.ts';
import type { ReadService } from './read-service.ts';
import type { RemoveService } from './remove-service.ts';
import { FEATURES_PATH, STREAMS_SERVICE, supportedMethods } from './server-features.ts';
import { unary } from './unary.ts';

/** The handlers of all methods that this engine has, by their paths. */
export function createHandlers(
  appends: AppendService,
  reads: ReadService,
  removals: RemoveService,
): ReadonlyMap<string, CallHandler> {
  return new Map<string, CallHandler>([
    [FEATURES_PATH, unary(supportedMethods)],
    [`/${STREAMS_SERVICE}/Read`, (call) => reads.read(call)],
    [`/${STREAMS_SERVICE}/Append`, (call) => appends.append(call)],
    [`/${STREAMS_SERVICE}/BatchAppend`, (call) => appends.batchAppend(call)],
    [`/${STREAMS_SERVICE}/Delete`, unary((request, deadline) => removals.delete(request, deadline))],
    [`/${STREAMS_SERVICE}/Tombstone`, unary((request, deadline) => removals.tombstone(request, deadline))],
  ]);
}
