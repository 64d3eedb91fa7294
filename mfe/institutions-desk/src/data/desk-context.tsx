import { createApiClient } from '@qingpu/mfe-kit/api-client';
import type { RemoteProps } from '@qingpu/mfe-kit/remote-props';
import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { createDeskApi, type DeskApi } from './desk-api.ts';

interface Desk {
  readonly shell: RemoteProps;
  readonly api: DeskApi;
}

const DeskContext = createContext<Desk | undefined>(undefined);

export function DeskProvider({ shell, children }: { shell: RemoteProps; children: ReactNode }) {
  const csrfToken = shell.session?.csrfToken ?? null;
  const api = useMemo(() => createDeskApi(createApiClient({ csrfToken: () => csrfToken })), [csrfToken]);
  const desk = useMemo(() => ({ shell, api }), [shell, api]);
  return <DeskContext.Provider value={desk}>{children}</DeskContext.Provider>;
}

export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error('outside of the desk');
  return desk;
}
