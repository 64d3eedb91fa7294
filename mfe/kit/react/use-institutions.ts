import { MAX_PAGE_SIZE } from '@qingpu/contracts/http/paging';
import type { DirectoryReader } from '../directory.ts';
import type { Option } from './filters.tsx';
import { useLoad } from './use-load.ts';

/** The district's institutions by their short names, to choose from; there are fewer than a page holds. */
export function useInstitutions(directory: Pick<DirectoryReader, 'list'>): readonly Option[] {
  const { value } = useLoad('institutions', (signal) =>
    directory.list('institution', { size: MAX_PAGE_SIZE, status: 'active' }, signal),
  );
  return (value?.items ?? []).map(({ institutionCode, details }) => ({
    value: institutionCode,
    label: details.shortName,
  }));
}
