import { createApiClient } from '@qingpu/mfe-kit/api-client';
import { createDirectoryReader, type DirectoryReader } from '@qingpu/mfe-kit/directory';
import type { RemoteProps } from '@qingpu/mfe-kit/remote-props';
import { type App, type InjectionKey, inject } from 'vue';

const DIRECTORY: InjectionKey<DirectoryReader> = Symbol('directory');

export function provideContext(app: App, props: RemoteProps): void {
  const api = createApiClient({ csrfToken: () => props.session?.csrfToken ?? null });
  app.provide(DIRECTORY, createDirectoryReader(api));
}

export function useDirectory(): DirectoryReader {
  const directory = inject(DIRECTORY);
  if (!directory) throw new Error('the directory is not provided');
  return directory;
}
