import { useCallback } from 'react';
import { useLocation, useNavigate } from 'react-router';
import { readQuery, writeQuery } from '../query-state.ts';

/** Filters that live in the URL. Changing one leads back to the first page and replaces the address. */
export function useQuery<Defaults extends Readonly<Record<string, string>>>(defaults: Defaults) {
  type Query = { -readonly [Key in keyof Defaults]: string };
  const { pathname, search } = useLocation();
  const navigate = useNavigate();
  const query = readQuery(search, defaults);
  const change = useCallback(
    (changed: Partial<Query>) => {
      const first = 'page' in defaults && !('page' in changed) ? { page: '1' } : {};
      const next = { ...readQuery(location.search, defaults), ...first, ...changed };
      void navigate(pathname + writeQuery(next, defaults), { replace: true });
    },
    [pathname, navigate, defaults],
  );
  return { query, change };
}
