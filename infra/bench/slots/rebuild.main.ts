import { setTimeout as sleep } from 'node:timers/promises';
import { MongoCheckpoints } from '@qingpu/document-store/mongo-checkpoints';
import { connectMongo } from '@qingpu/document-store/mongo-connection';
import { MongoViewStore } from '@qingpu/document-store/mongo-view-store';
import { EventStoreSubscription } from '@qingpu/event-store/event-store-subscription';
import { ProgressBoard } from '@qingpu/read-models-kernel/progress-board';
import type { Projection } from '@qingpu/read-models-kernel/view';
import { physicalCollection } from '@qingpu/read-models-kernel/view';
import { slotPool } from '@qingpu/read-models-slot-pool/projection';
import type { ConsumerLog } from '@qingpu/runtime/consumer';
import { ViewRunner } from '@qingpu/runtime/view-runner';
import { readConfiguration } from '@qingpu/server/config';
import { startEngines } from '@qingpu/server/embedded-engines';

/*
 * Builds the view of the slot pool from an event store that is full already, with engines, adapters and runner as the
 * platform has them, and nothing else beside. Command line: data folder. Prints one line of JSON.
 */
const [dataFolder = ''] = process.argv.slice(2);
const configuration = readConfiguration({ QINGPU_DATA: dataFolder });
const engines = await startEngines(configuration);
const { client, db } = await connectMongo(engines.documentStoreUrl, configuration.database);
const subscription = new EventStoreSubscription(engines.eventStoreUrl);
const views = new MongoViewStore(db);
const failures: string[] = [];
const complain = (facts: object, message: string) =>
  void failures.push(`${message} ${JSON.stringify(facts)}`);
const log: ConsumerLog = { info: () => undefined, warn: complain, error: complain };
const runner = new ViewRunner(slotPool as unknown as Projection, {
  subscription,
  checkpoints: new MongoCheckpoints(db),
  board: new ProgressBoard(),
  log,
  views,
  opener: { open: async () => undefined },
});

const head = await subscription.headPosition();
const begun = performance.now();
await runner.start();
while (runner.status.position < head && failures.length === 0) await sleep(20);
const seconds = (performance.now() - begun) / 1000;
const { events } = runner.status;
await runner.stop();
if (failures.length > 0) throw new Error(failures.join('\n'));
const { name, version } = slotPool.view;
const schedules = await views.count(physicalCollection({ name }, version, 'schedules'), {});
process.stdout.write(`${JSON.stringify({ events, schedules, seconds })}\n`);
await subscription.close();
await client.close();
await engines.stop();
