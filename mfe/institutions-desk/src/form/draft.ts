import { mergeEdits, type Values } from './values.ts';

/** Unfinished edits and what they started from. */
interface Draft {
  readonly base: Values;
  readonly details: Values;
}

/**
 * Unfinished edits, kept for this tab so that a reload or a stray click loses nothing. Only `details` are kept: by
 * contract they hold no personal data. Each account has its own drafts.
 */
export interface DraftStore {
  /** The details with the draft's edits; undefined without a draft. Fields the person left alone stay as they are. */
  restore(details: Values): Values | undefined;
  write(base: Values, details: Values): void;
  clear(): void;
}

export function draftStore(storage: Storage, account: string, address: string): DraftStore {
  const key = `qingpu.draft.${account}.${address}`;
  return {
    restore(details) {
      const draft = parse(storage.getItem(key));
      if (!draft) return undefined;
      const edited = Object.keys({ ...draft.base, ...draft.details }).map((name) => [name]);
      return mergeEdits(draft.base, draft.details, details, edited).values;
    },
    write: (base, details) => storage.setItem(key, JSON.stringify({ base, details } satisfies Draft)),
    clear: () => storage.removeItem(key),
  };
}

function parse(text: string | null): Draft | undefined {
  if (text === null) return undefined;
  try {
    const { base, details } = JSON.parse(text) as Partial<Draft>;
    return base && details ? { base, details } : undefined;
  } catch {
    return undefined;
  }
}
