import { features } from './generated.ts';

/**
 * The version told to clients. The major number is that of the protocol spoken; the suffix says what it is.
 */
const SERVER_VERSION = '23.10.0-embedded';

export const FEATURES_PATH = '/event_store.client.server_features.ServerFeatures/GetSupportedMethods';
export const STREAMS_SERVICE = 'event_store.client.streams.Streams';
const STREAMS_METHODS = ['Append', 'BatchAppend', 'Read', 'Delete', 'Tombstone'];

/**
 * Persistent subscriptions are refused, yet advertised: for what is not advertised the client either fails with
 * a guess about server versions or falls back to plain HTTP, which this port does not speak. Advertised, it asks
 * over gRPC and gets the refusal by name.
 */
const PERSISTENT_SERVICE = 'event_store.client.persistent_subscriptions.PersistentSubscriptions';
const PERSISTENT_METHODS = [
  'Create',
  'Update',
  'Delete',
  'Read',
  'GetInfo',
  'ReplayParked',
  'List',
  'RestartSubsystem',
];
const PERSISTENT_FEATURES = ['stream', 'all'];

/** The answer of ServerFeatures.GetSupportedMethods, in wire format. */
export function supportedMethods(): Uint8Array {
  const methods = new features.SupportedMethods().setEventStoreServerVersion(SERVER_VERSION);
  for (const method of STREAMS_METHODS) methods.addMethods(describe(STREAMS_SERVICE, method, []));
  for (const method of PERSISTENT_METHODS) {
    methods.addMethods(describe(PERSISTENT_SERVICE, method, PERSISTENT_FEATURES));
  }
  return methods.serializeBinary();
}

function describe(service: string, method: string, names: string[]): features.SupportedMethod {
  // Servers write method names in lower case.
  return new features.SupportedMethod()
    .setServiceName(service)
    .setMethodName(method.toLowerCase())
    .setFeaturesList(names);
}
