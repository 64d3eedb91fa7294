import { createContext, type ReactNode, useContext } from 'react';
import type { RemoteProps } from '../remote-props.ts';

const ShellContext = createContext<RemoteProps | undefined>(undefined);

/** What the shell handed to this module, for every part beneath. */
export function ShellProvider({ shell, children }: { shell: RemoteProps; children: ReactNode }) {
  return <ShellContext.Provider value={shell}>{children}</ShellContext.Provider>;
}

export function useShell(): RemoteProps {
  const shell = useContext(ShellContext);
  if (!shell) throw new Error('outside of the shell');
  return shell;
}
