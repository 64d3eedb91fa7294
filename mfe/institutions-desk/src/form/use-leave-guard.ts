import { useEffect, useState } from 'react';
import { useNavigate } from 'react-router';
import { useDesk } from '../data/desk-context.tsx';
import { historyTarget, type RoutingDetail } from './leave-target.ts';

export interface LeaveGuard {
  /** Goes where the person wants to go; undefined while nobody wants to leave. */
  readonly leave: (() => void) | undefined;
  readonly stay: () => void;
  /** Goes at once when nothing is unsaved, else once the person has agreed. */
  readonly ask: (go: () => void) => void;
}

/**
 * Asks before unsaved edits are left behind: by 取消, by a link of this module or of the shell's menu, by the browser's
 * Back and Forward, by a reload or by closing the tab.
 */
export function useLeaveGuard(dirty: boolean): LeaveGuard {
  const { shell } = useDesk();
  const navigate = useNavigate();
  const [wanted, setWanted] = useState<{ readonly go: () => void }>();
  useEffect(() => {
    if (!dirty) return;
    const stop = [
      followLinks((target) => setWanted({ go: () => shell.navigate(target) })),
      // The address was put back over the one wanted, so going there takes its place again.
      followHistory((target) => setWanted({ go: () => void navigate(target, { replace: true }) })),
      followUnload(),
    ];
    return () => {
      for (const one of stop) one();
    };
  }, [dirty, shell, navigate]);
  return {
    leave: wanted?.go,
    stay: () => setWanted(undefined),
    ask: (go) => (dirty ? setWanted({ go }) : go()),
  };
}

type Stop = () => void;

function followLinks(onTarget: (target: string) => void): Stop {
  const onClick = (event: MouseEvent) => {
    const target = linkTarget(event);
    if (!target) return;
    event.preventDefault();
    event.stopPropagation();
    onTarget(target);
  };
  document.addEventListener('click', onClick, { capture: true });
  return () => document.removeEventListener('click', onClick, { capture: true });
}

/** Back and Forward reach single-spa before any remote; it puts the address back when asked to. */
function followHistory(onTarget: (target: string) => void): Stop {
  const onRouting = (event: Event) => {
    const { detail } = event as CustomEvent<RoutingDetail>;
    const target = historyTarget(detail);
    if (!target || !detail.cancelNavigation) return;
    detail.cancelNavigation();
    onTarget(target);
  };
  window.addEventListener('single-spa:before-routing-event', onRouting);
  return () => window.removeEventListener('single-spa:before-routing-event', onRouting);
}

function followUnload(): Stop {
  const onUnload = (event: BeforeUnloadEvent) => event.preventDefault();
  window.addEventListener('beforeunload', onUnload);
  return () => window.removeEventListener('beforeunload', onUnload);
}

function linkTarget(event: MouseEvent): string | undefined {
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (!(link instanceof HTMLAnchorElement) || event.button !== 0 || event.metaKey || event.ctrlKey)
    return undefined;
  if (link.origin !== location.origin || link.getAttribute('href')?.startsWith('#')) return undefined;
  return link.pathname === location.pathname ? undefined : link.pathname + link.search;
}
