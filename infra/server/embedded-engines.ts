import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbeddedDocumentStore } from '@qingpu/embedded-document-store/server';
import { startEmbeddedEventStore } from '@qingpu/embedded-event-store/server';
import type { Configuration } from './config.ts';

export interface Engines {
  readonly eventStoreUrl: string;
  readonly documentStoreUrl: string;
  /** Stops what was started here; servers elsewhere are left alone. */
  stop(): Promise<void>;
}

/** The stores named in the configuration, or embedded ones in the data folder. */
export async function startEngines(configuration: Configuration): Promise<Engines> {
  const { eventStoreUrl, documentStoreUrl, dataFolder } = configuration;
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  if (eventStoreUrl !== undefined && documentStoreUrl !== undefined) {
    return { eventStoreUrl, documentStoreUrl, stop: async () => undefined };
  }
  const [events, documents] = await Promise.all([
    startEmbeddedEventStore({ folder: join(dataFolder, 'events'), port: configuration.eventStorePort }),
    startEmbeddedDocumentStore({
      folder: join(dataFolder, 'documents'),
      port: configuration.documentStorePort,
    }),
  ]);
  return {
    eventStoreUrl: events.connectionString,
    documentStoreUrl: documents.connectionString,
    stop: async () => {
      await Promise.all([events.stop(), documents.stop()]);
    },
  };
}
