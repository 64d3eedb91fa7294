import { type ViewUpdate, viewUpdateSchema } from '@qingpu/contracts/http/updates';
import './strict-csp.ts';

const FIRST_WAIT_MS = 2_000;
const LONGEST_WAIT_MS = 60_000;

export interface UpdateListeners {
  readonly onUpdate: (update: ViewUpdate) => void;
  /** The stream came back after a gap: what happened meanwhile is unknown. */
  readonly onGap: () => void;
}

/**
 * Listens to `/api/updates`. The browser reconnects by itself after a short break; after a refusal it gives up, and we
 * come back with growing waits. Returns how to stop.
 */
export function followUpdates(
  listeners: UpdateListeners,
  open: (url: string) => EventSource = (url) => new EventSource(url),
): () => void {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = FIRST_WAIT_MS;
  let broken = false;

  function connect(): void {
    source = open('/api/updates');
    source.addEventListener('open', () => {
      wait = FIRST_WAIT_MS;
      if (broken) listeners.onGap();
      broken = false;
    });
    source.addEventListener('view', (event) => {
      const update = parseUpdate(event.data);
      if (update) listeners.onUpdate(update);
    });
    source.addEventListener('error', () => {
      broken = true;
      if (source?.readyState !== 2) return;
      timer = setTimeout(connect, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT_MS);
    });
  }

  connect();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}

/** The update in an event's data; undefined for anything else, which a newer server may send. */
export function parseUpdate(data: unknown): ViewUpdate | undefined {
  if (typeof data !== 'string') return undefined;
  try {
    return viewUpdateSchema.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
}
