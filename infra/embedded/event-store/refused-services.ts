import type {
  MethodDefinition,
  Server,
  ServerWritableStream,
  ServiceDefinition,
  sendUnaryData,
  UntypedHandleCall,
} from '@grpc/grpc-js';
import { toServiceError, unsupported } from './errors.ts';
import {
  gossipGrpc,
  monitoringGrpc,
  operationsGrpc,
  persistentGrpc,
  projectionsGrpc,
  usersGrpc,
} from './generated.ts';

type AnyMethod = Pick<MethodDefinition<unknown, unknown>, 'path' | 'responseStream'>;

interface RefusedService {
  readonly definition: ServiceDefinition;
  readonly why: string;
}

const refusedServices: readonly RefusedService[] = [
  {
    definition: persistentGrpc.PersistentSubscriptionsService,
    why: 'use a catch-up subscription with a checkpoint of your own',
  },
  { definition: projectionsGrpc.ProjectionsService, why: 'fold events in a read model' },
  { definition: usersGrpc.UsersService, why: 'it listens on loopback only and has no accounts' },
  { definition: operationsGrpc.OperationsService, why: 'there is nothing to scavenge, merge or resign' },
  { definition: gossipGrpc.GossipService, why: 'it is a single node; connect with a single address' },
  { definition: monitoringGrpc.MonitoringService, why: 'it keeps no statistics' },
];

/** Refuses every method of the services that this engine does not have, each by its own name. */
export function refuseServices(server: Server): void {
  for (const { definition, why } of refusedServices) {
    const handlers: Record<string, UntypedHandleCall> = {};
    for (const [name, method] of Object.entries(definition)) handlers[name] = refuse(method, why);
    server.addService(definition, handlers);
  }
}

/** Handler that refuses one method with UNIMPLEMENTED and its name. */
export function refuse(method: AnyMethod, why: string): UntypedHandleCall {
  const name = method.path.replace(/^\/event_store\.client\.(?:[a-z_]+\.)?/, '').replace('/', '.');
  const error = toServiceError(unsupported(name, why));
  if (method.responseStream) {
    return (call: ServerWritableStream<unknown, unknown>) => {
      call.emit('error', error);
    };
  }
  return (_call: unknown, answer: sendUnaryData<unknown>) => answer(error);
}
