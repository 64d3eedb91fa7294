import { createApiClient } from '@qingpu/mfe-kit/api-client';
import { createDirectoryReader, type DirectoryReader } from '@qingpu/mfe-kit/directory';
import type { RemoteProps } from '@qingpu/mfe-kit/remote-props';
import { createContext, type ReactNode, useContext, useMemo } from 'react';
import { createPaymentsApi, type PaymentsApi } from './payments-api.ts';
import { createSlotsApi, type SlotsApi } from './slots-api.ts';

interface Slots {
  readonly shell: RemoteProps;
  readonly api: SlotsApi;
  readonly payments: PaymentsApi;
  readonly directory: DirectoryReader;
}

const SlotsContext = createContext<Slots | undefined>(undefined);

export function SlotsProvider({ shell, children }: { shell: RemoteProps; children: ReactNode }) {
  const csrfToken = shell.session?.csrfToken ?? null;
  const slots = useMemo(() => {
    const client = createApiClient({ csrfToken: () => csrfToken });
    return {
      shell,
      api: createSlotsApi(client),
      payments: createPaymentsApi(client),
      directory: createDirectoryReader(client),
    };
  }, [csrfToken, shell]);
  return <SlotsContext.Provider value={slots}>{children}</SlotsContext.Provider>;
}

export function useSlots(): Slots {
  const slots = useContext(SlotsContext);
  if (!slots) throw new Error('outside of the slots module');
  return slots;
}

/** The only institution whose slots the person works with; undefined for the whole district. */
export function useOwnInstitution(): string | undefined {
  const { session } = useSlots().shell;
  return session?.role === 'hospitalAdmin' ? (session.institutionCode ?? undefined) : undefined;
}
