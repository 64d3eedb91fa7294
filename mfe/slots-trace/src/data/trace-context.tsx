import type { Page } from '@qingpu/contracts/http/paging';
import {
  type ClosedLoop,
  closedLoopSchema,
  type SlotLife,
  slotLifeSchema,
  type TracedSlot,
  tracedSlotPageSchema,
} from '@qingpu/contracts/http/slots';
import { createApiClient } from '@qingpu/mfe-kit/api-client';
import { createDirectoryReader, type DirectoryReader } from '@qingpu/mfe-kit/directory';
import type { QueryValues } from '@qingpu/mfe-kit/query-state';
import type { RemoteProps } from '@qingpu/mfe-kit/remote-props';
import { createContext, type ReactNode, useContext, useMemo } from 'react';

export interface SlotAddress {
  readonly institution: string;
  readonly schedule: string;
  readonly slot: string;
}

/** Reading what became of slots. */
export interface TraceApi {
  find(query: QueryValues, signal: AbortSignal): Promise<Page<TracedSlot>>;
  life(address: SlotAddress, signal: AbortSignal): Promise<SlotLife>;
  closedLoop(query: QueryValues, signal: AbortSignal): Promise<ClosedLoop>;
}

interface Trace {
  readonly api: TraceApi;
  readonly directory: DirectoryReader;
}

const TraceContext = createContext<Trace | undefined>(undefined);

export function TraceProvider({ shell, children }: { shell: RemoteProps; children: ReactNode }) {
  const csrfToken = shell.session?.csrfToken ?? null;
  const trace = useMemo(() => {
    const client = createApiClient({ csrfToken: () => csrfToken });
    const api: TraceApi = {
      find: (query, signal) => client.read('/api/slots/trace', tracedSlotPageSchema, { query, signal }),
      life: ({ institution, schedule, slot }, signal) =>
        client.read(
          `/api/slots/trace/${institution}/${encodeURIComponent(schedule)}/${encodeURIComponent(slot)}`,
          slotLifeSchema,
          { signal },
        ),
      closedLoop: (query, signal) =>
        client.read('/api/slots/closed-loop', closedLoopSchema, { query, signal }),
    };
    return { api, directory: createDirectoryReader(client) };
  }, [csrfToken]);
  return <TraceContext.Provider value={trace}>{children}</TraceContext.Provider>;
}

export function useTrace(): Trace {
  const trace = useContext(TraceContext);
  if (!trace) throw new Error('outside of the trace');
  return trace;
}
