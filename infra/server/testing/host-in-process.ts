import 'reflect-metadata';
import { rm } from 'node:fs/promises';
import { readConfiguration } from '../config.ts';
import { type Host, startHost } from '../host.ts';
import { createDataFolder, type DataFolder } from './data-folder.ts';

/** A host inside the spec's own process, on a temporary folder that goes with it. */
export interface TestHost extends DataFolder {
  readonly host: Host;
  readonly url: string;
  /** Stops the host and starts another on the same folder. */
  restart(): Promise<TestHost>;
  close(): Promise<void>;
}

export async function startTestHost(changes: Readonly<Record<string, string>> = {}): Promise<TestHost> {
  return startOn(await createDataFolder(changes));
}

async function startOn(data: DataFolder): Promise<TestHost> {
  const host = await startHost(readConfiguration({ ...data.environment }));
  return {
    ...data,
    host,
    url: host.url,
    restart: async () => {
      await host.stop();
      return startOn(data);
    },
    close: async () => {
      await host.stop();
      await rm(data.folder, { recursive: true });
    },
  };
}
