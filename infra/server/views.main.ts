import { parseArgs } from 'node:util';
import { MongoCheckpoints } from '@qingpu/document-store/mongo-checkpoints';
import { connectMongo, type Db } from '@qingpu/document-store/mongo-connection';
import { MongoViewStore } from '@qingpu/document-store/mongo-view-store';
import { givenUpDeliveries } from '@qingpu/read-models-delivery-worklist/queries';
import { deliveryWorklistView } from '@qingpu/read-models-delivery-worklist/view';
import { physicalCollection } from '@qingpu/read-models-kernel/view';
import { ViewReader } from '@qingpu/read-models-kernel/view-reader';
import { CONSUMERS, PROJECTIONS } from './operations/workers.ts';

const USAGE = `usage: npm run views -- status | deliveries | retry CONSUMER | skip CONSUMER | drop-version VIEW VERSION
  --url URL        document store (or MONGODB_URL); a running platform with embedded engines prints none: set QINGPU_DOCUMENT_STORE_PORT
  --database NAME  (or MONGODB_DATABASE; default qingpu)

  status           how far every view and process has come, and on which event one stopped
  deliveries       what was given up and waits for a person
  retry            lets a stopped consumer try the event again, after a mended build was started
  skip             lets a stopped consumer go on beyond the event; the view stays wrong about it until it is rebuilt
  drop-version     removes the collections of a version that is not active
`;

/** Repairs views: the command that a stopped consumer's log line calls for. */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { url: { type: 'string' }, database: { type: 'string' } },
  });
  const url = values.url ?? process.env.MONGODB_URL;
  const [act, name, version] = positionals;
  if (url === undefined || act === undefined) return usage();
  const { client, db } = await connectMongo(url, values.database ?? process.env.MONGODB_DATABASE ?? 'qingpu');
  const checkpoints = new MongoCheckpoints(db);
  try {
    if (act === 'status') await status(checkpoints);
    else if (act === 'deliveries') await givenUp(db, checkpoints);
    else if ((act === 'retry' || act === 'skip') && name !== undefined)
      await resume(checkpoints, name, act === 'skip');
    else if (act === 'drop-version' && name !== undefined && version !== undefined)
      await dropVersion(checkpoints, new MongoViewStore(db), name, Number(version));
    else usage();
  } finally {
    await client.close();
  }
}

async function status(checkpoints: MongoCheckpoints): Promise<void> {
  for (const { view } of PROJECTIONS)
    say({ view: view.name, version: view.version, active: await checkpoints.activeVersion(view.name) });
  for (const consumer of CONSUMERS) {
    const { position, asOf, poison } = await checkpoints.load(consumer);
    say({
      consumer,
      position: String(position ?? 0n),
      asOf,
      poison: poison && { ...poison, position: String(poison.position) },
    });
  }
}

async function givenUp(db: Db, checkpoints: MongoCheckpoints): Promise<void> {
  const head = () => Promise.resolve(0n);
  const reader = new ViewReader(deliveryWorklistView, new MongoViewStore(db), checkpoints, head);
  for (const { _id, kind, recipient, failures, fault } of await givenUpDeliveries(reader, 1_000))
    say({ deliveryId: _id, kind, recipient, failures, fault });
}

async function resume(checkpoints: MongoCheckpoints, consumer: string, skip: boolean): Promise<void> {
  const resumed = await checkpoints.resume(consumer, skip);
  say({ consumer, resumed });
  if (!resumed) process.exitCode = 1;
}

async function dropVersion(
  checkpoints: MongoCheckpoints,
  store: MongoViewStore,
  name: string,
  version: number,
): Promise<void> {
  const view = PROJECTIONS.map((projection) => projection.view).find((candidate) => candidate.name === name);
  if (!view || !Number.isInteger(version)) return usage();
  if ((await checkpoints.activeVersion(name)) === version)
    throw new Error(`version ${version} of ${name} is active; queries read it`);
  for (const collection of Object.keys(view.collections))
    await store.dropCollection(physicalCollection(view, version, collection));
  say({ view: name, dropped: version });
}

function say(facts: object): void {
  process.stdout.write(`${JSON.stringify(facts)}\n`);
}

function usage(): void {
  process.stderr.write(USAGE);
  process.exitCode = 2;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
