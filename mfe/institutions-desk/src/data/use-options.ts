import { MAX_PAGE_SIZE } from '@qingpu/contracts/http/paging';
import type { Kind } from '@qingpu/mfe-kit/directory';
import { type Load, useLoad } from '@qingpu/mfe-kit/react/use-load';
import type { DeskApi } from './desk-api.ts';
import { useDesk } from './desk-context.tsx';

export interface Option {
  readonly value: string;
  readonly label: string;
}

/** Entries of one kind to choose from, of one institution or of the district; nothing for an empty institution. */
export function useOptions(kind: Kind, institution?: string): Load<readonly Option[]> {
  const { api } = useDesk();
  return useLoad(`${kind} ${institution}`, (signal) =>
    institution === '' ? Promise.resolve([]) : allOptions(api, kind, institution, signal),
  );
}

async function allOptions(
  api: DeskApi,
  kind: Kind,
  institution: string | undefined,
  signal: AbortSignal,
): Promise<Option[]> {
  const options: Option[] = [];
  for (let page = 1; ; page++) {
    const answer = await api.list(kind, { institution, page, size: MAX_PAGE_SIZE, status: 'active' }, signal);
    options.push(
      ...answer.items.map((item) => ({ value: item.code, label: `${item.name}（${item.code}）` })),
    );
    if (answer.items.length === 0 || options.length >= answer.total) return options;
  }
}
