const HERE = 'https://this.origin.invalid';

/**
 * The path to lead to after sign-in. Only paths of our own origin pass, whatever the address says:
 * `//elsewhere`, `/\elsewhere` and full URLs fall back to `/`.
 */
export function safeReturnPath(wanted: string | null): string {
  if (!wanted?.startsWith('/')) return '/';
  const url = URL.parse(wanted, HERE);
  if (url?.origin !== HERE || isSignIn(url.pathname)) return '/';
  return url.pathname + url.search + url.hash;
}

/** The address of the sign-in page that leads back to `path` afterwards. */
export function signInPath(path: string): string {
  return `/sign-in?return=${encodeURIComponent(path)}`;
}

function isSignIn(path: string): boolean {
  return path === '/sign-in';
}
