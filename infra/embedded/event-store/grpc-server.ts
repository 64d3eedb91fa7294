import { Server, ServerCredentials, type UntypedServiceImplementation } from '@grpc/grpc-js';
import type { AppendService } from './append-service.ts';
import { featuresGrpc, streamsGrpc } from './generated.ts';
import type { ReadService } from './read-service.ts';
import { refuseServices } from './refused-services.ts';
import type { RemoveService } from './remove-service.ts';
import { getSupportedMethods } from './server-features.ts';

/** What the client itself accepts; an append over the limit must arrive whole to be refused by name. */
const MESSAGE_BYTES = 17 * 1024 * 1024;

const alreadyEncoded = (message: Buffer): Buffer => message;

/** The generated definition, except that the services hand over answers already in wire format. */
const streamsDefinition = {
  ...streamsGrpc.StreamsService,
  read: { ...streamsGrpc.StreamsService.read, responseSerialize: alreadyEncoded },
  batchAppend: { ...streamsGrpc.StreamsService.batchAppend, responseSerialize: alreadyEncoded },
};

export function createServer(appends: AppendService, reads: ReadService, removals: RemoveService): Server {
  const server = new Server({ 'grpc.max_receive_message_length': MESSAGE_BYTES });
  const handlers: UntypedServiceImplementation = {
    read: (call: Parameters<ReadService['read']>[0]) => reads.read(call),
    append: (...call: Parameters<AppendService['append']>) => appends.append(...call),
    batchAppend: (call: Parameters<AppendService['batchAppend']>[0]) => appends.batchAppend(call),
    delete: (...call: Parameters<RemoveService['delete']>) => removals.delete(...call),
    tombstone: (...call: Parameters<RemoveService['tombstone']>) => removals.tombstone(...call),
  };
  server.addService(streamsDefinition, handlers);
  server.addService(featuresGrpc.ServerFeaturesService, { getSupportedMethods });
  refuseServices(server);
  return server;
}

/** Listens on a loopback address. @returns the port taken @throws when it is in use */
export function listen(server: Server, host: string, port: number): Promise<number> {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, taken) => {
      if (error) reject(error);
      else resolve(taken);
    });
  });
}

/** Lets calls that are ending end, then closes the connections. */
export function shutDown(server: Server, patienceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const impatient = setTimeout(() => server.forceShutdown(), patienceMs);
    server.tryShutdown(() => {
      clearTimeout(impatient);
      resolve();
    });
  });
}
