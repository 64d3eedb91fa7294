/**
 * The generated message definitions of the official client, which this server answers to. One place to import them.
 * Its generated services are left to tests: they load a gRPC library that the engine does without.
 */
export { default as features } from '@eventstore/db-client/generated/serverfeatures_pb.js';
export { default as shared } from '@eventstore/db-client/generated/shared_pb.js';
export { default as statuses } from '@eventstore/db-client/generated/status_pb.js';
export { default as streams } from '@eventstore/db-client/generated/streams_pb.js';
