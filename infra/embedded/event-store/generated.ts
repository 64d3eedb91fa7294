/** The generated gRPC definitions of the official client, which this server answers to. One place to import them. */
export { default as gossipGrpc } from '@eventstore/db-client/generated/gossip_grpc_pb.js';
export { default as monitoringGrpc } from '@eventstore/db-client/generated/monitoring_grpc_pb.js';
export { default as operationsGrpc } from '@eventstore/db-client/generated/operations_grpc_pb.js';
export { default as persistentGrpc } from '@eventstore/db-client/generated/persistent_grpc_pb.js';
export { default as projectionsGrpc } from '@eventstore/db-client/generated/projections_grpc_pb.js';
export { default as featuresGrpc } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
export { default as features } from '@eventstore/db-client/generated/serverfeatures_pb.js';
export { default as shared } from '@eventstore/db-client/generated/shared_pb.js';
export { default as statuses } from '@eventstore/db-client/generated/status_pb.js';
export { default as streamsGrpc } from '@eventstore/db-client/generated/streams_grpc_pb.js';
export { default as streams } from '@eventstore/db-client/generated/streams_pb.js';
export { default as usersGrpc } from '@eventstore/db-client/generated/users_grpc_pb.js';
