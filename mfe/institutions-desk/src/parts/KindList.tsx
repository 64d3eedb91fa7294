import { KIND_NAMES } from '@qingpu/contracts/http/institutions';
import type { Kind, ListQuery } from '@qingpu/mfe-kit/directory';
import { pageOfQuery } from '@qingpu/mfe-kit/query-state';
import { useQuery } from '@qingpu/mfe-kit/react/use-query';
import { useDesk } from '../data/desk-context.tsx';
import { ownInstitution } from '../data/permissions.ts';
import { EntryTable } from './EntryTable.tsx';
import { FilterBar, type Filters } from './FilterBar.tsx';

const DEFAULTS = {
  q: '',
  institution: '',
  status: 'active',
  title: '',
  expert: '',
  category: '',
  page: '1',
  size: '20',
} as const;
const NO_FILTERS = { q: '', institution: '', status: 'all', title: '', expert: '', category: '' };

/** Filters and table of one kind; everything stands in the URL. */
export function KindList({ kind }: { kind: Kind }) {
  const { shell } = useDesk();
  const { query, change } = useQuery(DEFAULTS);
  return (
    <>
      <FilterBar kind={kind} filters={query} onChange={change} />
      <EntryTable
        kind={kind}
        label={`${KIND_NAMES[kind]}列表`}
        filters={filtersOf(kind, query, ownInstitution(shell.session))}
        page={pageOfQuery(query.page)}
        size={Math.min(pageOfQuery(query.size), 100)}
        onPage={(page, size) => change({ page: String(page), size: String(size) })}
        onClear={() => change(NO_FILTERS)}
      />
    </>
  );
}

/** The filters that apply to a kind; empty ones are left out of the request. */
function filtersOf(kind: Kind, filters: Filters, own: string | undefined): ListQuery {
  const institution = kind === 'institution' ? own : (own ?? filters.institution);
  return {
    ...(filters.q && { q: filters.q }),
    ...(institution && { institution }),
    ...(kind === 'institution' && filters.category && { category: filters.category }),
    ...(kind === 'doctor' && filters.title && { title: filters.title }),
    ...(kind === 'doctor' && filters.expert && { expert: filters.expert === 'true' ? 'true' : 'false' }),
    status: statusOf(filters.status),
  };
}

function statusOf(text: string): 'active' | 'inactive' | 'erased' | 'all' {
  return text === 'inactive' || text === 'erased' || text === 'all' ? text : 'active';
}
