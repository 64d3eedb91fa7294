import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import {
  addGap,
  addOwnWrite,
  addUpdate,
  NOTHING_PENDING,
  type Pending,
  pendingWords,
  shown,
} from '../pending-updates.ts';
import { followUpdates } from '../updates.ts';

/** What a write answered: where it stands in the log, and whether it changed anything. */
export interface WriteResult {
  readonly position: string;
  readonly outcome?: string;
}

interface Live {
  /** What happened since the page asked for its data, in words; undefined when nothing did. */
  readonly words: string | undefined;
  /** To be called when a page asks for the newest. */
  readonly asking: () => void;
  /** To be called after each write of this person. */
  readonly wrote: (result: WriteResult) => void;
  /** Log position of this person's last write: what is read afterwards must include it. */
  readonly lastWrite: { readonly current: string | undefined };
}

const LiveContext = createContext<Live | undefined>(undefined);

/** One stream of updates for the whole module, which reads the views named. */
export function LiveProvider({ views, children }: { views: readonly string[]; children: ReactNode }) {
  const [pending, setPending] = useState<Pending>(NOTHING_PENDING);
  const newest = useRef(views);
  newest.current = views;
  const lastWrite = useRef<string | undefined>(undefined);
  useEffect(
    () =>
      followUpdates({
        onUpdate: (update) =>
          newest.current.includes(update.view) && setPending((before) => addUpdate(before, update)),
        onGap: () => setPending(addGap),
      }),
    [],
  );
  const asking = useCallback(() => setPending(shown), []);
  const wrote = useCallback(({ outcome, position }: WriteResult) => {
    if (outcome === 'unchanged') return;
    lastWrite.current = position;
    setPending((before) => addOwnWrite(before, position));
  }, []);
  const words = pendingWords(pending);
  const live = useMemo(() => ({ words, asking, wrote, lastWrite }), [words, asking, wrote]);
  return <LiveContext.Provider value={live}>{children}</LiveContext.Provider>;
}

export function useLive(): Live {
  const live = useContext(LiveContext);
  if (!live) throw new Error('outside of the live provider');
  return live;
}
