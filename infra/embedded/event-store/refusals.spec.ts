import {
  type EventStoreDBClient,
  jsonEvent,
  persistentSubscriptionToAllSettingsFromDefaults,
  persistentSubscriptionToStreamSettingsFromDefaults,
} from '@eventstore/db-client';
import { Client, credentials, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shared, streams } from './generated.ts';
import {
  connect,
  type EmbeddedTestStore,
  rejection,
  someEvents,
  startTestStore,
  streamError,
  streamsGrpc,
} from './test-kit.ts';

describe('unsupported calls are refused by name', () => {
  let store: EmbeddedTestStore;
  beforeAll(async () => {
    store = await startTestStore();
  });
  afterAll(() => store.close());

  const toStream = persistentSubscriptionToStreamSettingsFromDefaults();
  const toAll = persistentSubscriptionToAllSettingsFromDefaults();

  it.each([
    ['Stream metadata', (c) => c.setStreamMetadata('s', { acl: { readRoles: ['$all'] } })],
    ['The metadata of $all', (c) => c.setStreamMetadata('$all', { maxCount: 1 })],
    ['The metadata of $$s', (c) => c.setStreamMetadata('$$s', { maxCount: 1 })],
    ['Link events', (c) => c.appendToStream('s', jsonEvent({ type: '$>', data: '0@t' }))],
    ['PersistentSubscriptions.Create', (c) => c.createPersistentSubscriptionToStream('s', 'g', toStream)],
    ['PersistentSubscriptions.Create', (c) => c.createPersistentSubscriptionToAll('g', toAll)],
    ['PersistentSubscriptions.Update', (c) => c.updatePersistentSubscriptionToStream('s', 'g', toStream)],
    ['PersistentSubscriptions.Delete', (c) => c.deletePersistentSubscriptionToAll('g')],
    [
      'PersistentSubscriptions.Read',
      (c) => streamError(c.subscribeToPersistentSubscriptionToStream('s', 'g')),
    ],
    ['PersistentSubscriptions.List', (c) => c.listAllPersistentSubscriptions()],
    ['PersistentSubscriptions.GetInfo', (c) => c.getPersistentSubscriptionToStreamInfo('s', 'g')],
    ['PersistentSubscriptions.ReplayParked', (c) => c.replayParkedMessagesToAll('g')],
    ['PersistentSubscriptions.RestartSubsystem', (c) => c.restartPersistentSubscriptionSubsystem()],
    ['Projections.Create', (c) => c.createProjection('p', 'fromAll()')],
    ['Projections.Statistics', (c) => c.listProjections()],
    ['Projections.State', (c) => c.getProjectionState('p')],
  ] as [string, (client: EventStoreDBClient) => Promise<unknown>][])('%s', async (name, attempt) => {
    const result = await attempt(store.client).catch((error: unknown) => error);
    expect(result).toBeInstanceOf(Error);
    expect(String(result)).toContain(`${name}`);
    expect(String(result)).toContain('is not supported by the embedded event store');
  });

  it.each([
    ['users', 'Users', 'Create'],
    ['operations', 'Operations', 'StartScavenge'],
    ['gossip', 'Gossip', 'Read'],
    ['monitoring', 'Monitoring', 'Stats'],
  ])('%s, which the client has no command for', async (area, service, method) => {
    const grpc = new Client(`127.0.0.1:${store.store.port}`, credentials.createInsecure());
    const path = `/event_store.client.${area}.${service}/${method}`;
    const same = (bytes: Buffer): Buffer => bytes;
    const error = await streamError(grpc.makeServerStreamRequest(path, same, same, Buffer.alloc(0)));
    expect(error).toMatchObject({ code: status.UNIMPLEMENTED });
    expect(error.message).toContain(`${service}.${method} is not supported by the embedded event store`);
    grpc.close();
  });

  it('a cluster address, as there is no gossip', async () => {
    const { port } = store.store;
    const url = `esdb://127.0.0.1:${port},127.0.0.1:${port}?tls=false&maxDiscoverAttempts=1`;
    const client = connect(url);
    expect(await rejection(client.appendToStream('s', someEvents(1)))).toBeInstanceOf(Error);
  });

  it('a filtered read and structured UUIDs', async () => {
    const grpc = new streamsGrpc.StreamsClient(`127.0.0.1:${store.store.port}`, credentials.createInsecure());
    const options = new streams.ReadReq.Options()
      .setAll(new streams.ReadReq.Options.AllOptions().setStart(new shared.Empty()))
      .setCount('10')
      .setFilter(new streams.ReadReq.Options.FilterOptions())
      .setUuidOption(new streams.ReadReq.Options.UUIDOption().setString(new shared.Empty()));
    const read = () => streamError(grpc.read(new streams.ReadReq().setOptions(options)));
    expect(await read()).toMatchObject({ code: status.UNIMPLEMENTED });
    options.setUuidOption(new streams.ReadReq.Options.UUIDOption().setStructured(new shared.Empty()));
    expect((await read()).message).toContain('UUID.Structured');
    grpc.close();
  });
});
