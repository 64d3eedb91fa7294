/** What of single-spa's event before each change of address the guard needs. */
export interface RoutingDetail {
  readonly oldUrl: string;
  readonly newUrl: string;
  readonly originalEvent?: Event | undefined;
  readonly cancelNavigation?: () => void;
}

/**
 * Where the browser's Back or Forward leads, as path and search; undefined for everything else. Addresses that the
 * page itself sets reach single-spa as events that it marks as its own.
 */
export function historyTarget({ oldUrl, newUrl, originalEvent }: RoutingDetail): string | undefined {
  if (originalEvent?.type !== 'popstate' || 'singleSpa' in originalEvent) return undefined;
  const target = new URL(newUrl);
  return target.pathname === new URL(oldUrl).pathname ? undefined : target.pathname + target.search;
}
