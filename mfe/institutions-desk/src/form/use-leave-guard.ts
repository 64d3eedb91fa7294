import { useEffect, useState } from 'react';

/**
 * Asks before unsaved edits are left behind: by a link of this module or of the shell's menu, by a reload or by closing
 * the tab. Returns where the person wants to go, until that is settled.
 */
export function useLeaveGuard(dirty: boolean): { wanted: string | undefined; stay: () => void } {
  const [wanted, setWanted] = useState<string>();
  useEffect(() => {
    if (!dirty) return;
    const onClick = (event: MouseEvent) => {
      const target = linkTarget(event);
      if (!target) return;
      event.preventDefault();
      event.stopPropagation();
      setWanted(target);
    };
    const onUnload = (event: BeforeUnloadEvent) => event.preventDefault();
    document.addEventListener('click', onClick, { capture: true });
    window.addEventListener('beforeunload', onUnload);
    return () => {
      document.removeEventListener('click', onClick, { capture: true });
      window.removeEventListener('beforeunload', onUnload);
    };
  }, [dirty]);
  return { wanted, stay: () => setWanted(undefined) };
}

function linkTarget(event: MouseEvent): string | undefined {
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (!(link instanceof HTMLAnchorElement) || event.button !== 0 || event.metaKey || event.ctrlKey)
    return undefined;
  if (link.origin !== location.origin || link.getAttribute('href')?.startsWith('#')) return undefined;
  return link.pathname === location.pathname ? undefined : link.pathname + link.search;
}
