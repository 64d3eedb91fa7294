import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedEventStore } from '@qingpu/embedded-event-store/server';
import { EventStoreSubscription } from '@qingpu/event-store/event-store-subscription';
import { AUDIT_ANCHORED } from './operations/audit-anchoring.ts';

const USAGE = `usage: npm run -s audit:anchors -- --event-store URL | --data DIR  > anchors.jsonl
  Prints the anchors of the audit log, one a line, for audit:verify --anchors.
  --event-store URL  event log of a running platform
  --data DIR         data folder of a stopped platform with embedded engines
`;

/** Takes the anchors out of the event log, so that the verifier can hold the audit files against them. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { 'event-store': { type: 'string' }, data: { type: 'string' } } });
  const engine =
    values.data === undefined
      ? undefined
      : await startEmbeddedEventStore({ folder: join(values.data, 'events') });
  const url = values['event-store'] ?? engine?.connectionString;
  if (url === undefined) {
    process.stderr.write(USAGE);
    process.exitCode = 2;
    return;
  }
  await printAnchors(new EventStoreSubscription(url));
  await engine?.stop();
}

async function printAnchors(subscription: EventStoreSubscription): Promise<void> {
  const stop = new AbortController();
  const request = { from: 'start', types: [AUDIT_ANCHORED], batchSize: 500, signal: stop.signal } as const;
  for await (const batch of subscription.subscribe(request)) {
    for (const { data } of batch.events) process.stdout.write(`${JSON.stringify(data)}\n`);
    if (batch.live) stop.abort();
  }
  await subscription.close();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
