import type { sendUnaryData } from '@grpc/grpc-js';
import { features, persistentGrpc, streamsGrpc } from './generated.ts';

/**
 * The version told to clients. The major number is that of the protocol spoken; the suffix says what it is.
 */
const SERVER_VERSION = '23.10.0-embedded';

/**
 * Persistent subscriptions are refused, yet advertised: for what is not advertised the client either fails with
 * a guess about server versions or falls back to plain HTTP, which this port does not speak. Advertised, it asks
 * over gRPC and gets the refusal by name.
 */
const refusedFeatures = ['stream', 'all'];

/** ServerFeatures.GetSupportedMethods */
export function getSupportedMethods(_call: unknown, answer: sendUnaryData<features.SupportedMethods>): void {
  const methods = new features.SupportedMethods().setEventStoreServerVersion(SERVER_VERSION);
  const { append, batchAppend, read, delete: remove, tombstone } = streamsGrpc.StreamsService;
  for (const { path } of [append, batchAppend, read, remove, tombstone])
    methods.addMethods(describe(path, []));
  for (const { path } of Object.values(persistentGrpc.PersistentSubscriptionsService)) {
    methods.addMethods(describe(path, refusedFeatures));
  }
  answer(null, methods);
}

function describe(path: string, names: string[]): features.SupportedMethod {
  const [, service = '', method = ''] = path.split('/');
  // Servers write method names in lower case.
  return new features.SupportedMethod()
    .setServiceName(service)
    .setMethodName(method.toLowerCase())
    .setFeaturesList(names);
}
