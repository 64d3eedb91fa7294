import type { DirectoryEntry } from '@qingpu/contracts/http/institutions';
import { MAX_PAGE } from '@qingpu/contracts/http/paging';
import type { Kind, ListQuery } from '@qingpu/mfe-kit/directory';
import { formatAsOf } from '@qingpu/mfe-kit/format';
import { useLive } from '@qingpu/mfe-kit/react/live.tsx';
import { ProblemNote } from '@qingpu/mfe-kit/react/ProblemNote.tsx';
import { StaleNote } from '@qingpu/mfe-kit/react/StaleNote.tsx';
import { UpdateBar } from '@qingpu/mfe-kit/react/UpdateBar.tsx';
import { useLiveLoad } from '@qingpu/mfe-kit/react/use-live-load';
import { Waiting } from '@qingpu/mfe-kit/react/Waiting.tsx';
import { Button, Empty, Table } from 'antd';
import { useMemo } from 'react';
import { useDesk } from '../data/desk-context.tsx';
import { columnsOf } from './columns.tsx';

interface EntryTableProps<K extends Kind> {
  readonly kind: K;
  readonly label: string;
  readonly filters: ListQuery;
  readonly page: number;
  readonly size: number;
  readonly onPage: (page: number, size: number) => void;
  readonly onClear: () => void;
}

/** A page of a kind's entries with everything a list owes its reader: waiting, faults, emptiness, freshness. */
export function EntryTable<K extends Kind>(props: EntryTableProps<K>) {
  const { kind, label, filters, page, size, onPage, onClear } = props;
  const { api } = useDesk();
  const { lastWrite } = useLive();
  const { value, problem, loading, reload } = useLiveLoad(
    JSON.stringify([kind, filters, page, size]),
    (signal) => api.list(kind, { ...filters, page, size, after: lastWrite.current }, signal),
  );
  const columns = useMemo(() => columnsOf(kind), [kind]);
  if (problem) return <ProblemNote problem={problem} onRetry={reload} />;
  // While another kind is on its way, its columns do not fit the old rows.
  if (!value || value.items.some((item) => item.kind !== kind)) return <Waiting />;
  return (
    <>
      <UpdateBar onReload={reload} />
      {value.stale && <StaleNote onReload={reload} />}
      <div className="panel">
        <Table<DirectoryEntry<K>>
          aria-label={label}
          size="middle"
          rowKey={(entry) => `${entry.institutionCode}/${entry.code}`}
          columns={columns}
          dataSource={value.items}
          loading={loading}
          scroll={{ x: 'max-content' }}
          locale={{ emptyText: <NothingFound onClear={onClear} /> }}
          pagination={{
            current: page,
            pageSize: size,
            total: Math.min(value.total, MAX_PAGE * size),
            showSizeChanger: true,
            showTotal: () => `共 ${value.total} 条 · ${formatAsOf(value.asOf)}`,
            onChange: onPage,
          }}
        />
      </div>
    </>
  );
}

function NothingFound({ onClear }: { onClear: () => void }) {
  return (
    <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="没有符合条件的记录，请调整筛选条件">
      <Button onClick={onClear}>清除筛选</Button>
    </Empty>
  );
}
