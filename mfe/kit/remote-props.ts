import type { Session } from '@qingpu/contracts/http/session';
import type { ElderMode } from './elder.ts';

export type ToastKind = 'info' | 'success' | 'error';

/** What the shell hands to every remote. */
export interface RemoteProps {
  /** Null for visitors. Holds the CSRF token of writing requests. */
  readonly session: Session | null;
  /** Leads to a path of the platform, also outside the remote's own place. */
  readonly navigate: (path: string) => void;
  readonly elder: ElderMode;
  /** A short sentence that screen readers hear as well. */
  readonly toast: (message: string, kind?: ToastKind) => void;
}
