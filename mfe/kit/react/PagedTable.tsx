import { MAX_PAGE, type Page } from '@qingpu/contracts/http/paging';
import { Button, Empty, Table, type TableColumnsType } from 'antd';
import { formatAsOf } from '../format.ts';
import { ProblemNote } from './ProblemNote.tsx';
import { StaleNote } from './StaleNote.tsx';
import { UpdateBar } from './UpdateBar.tsx';
import type { Load } from './use-load.ts';
import { Waiting } from './Waiting.tsx';

interface PagedTableProps<Row extends object> {
  readonly label: string;
  readonly load: Load<Page<Row>>;
  readonly columns: TableColumnsType<Row>;
  readonly rowKey: (row: Row) => string;
  readonly onPage: (page: number, size: number) => void;
  /** What to do about an empty list. */
  readonly emptyText: string;
  readonly onClear?: () => void;
}

/** A page of a list with everything that it owes its reader: waiting, faults, emptiness, freshness. */
export function PagedTable<Row extends object>(props: PagedTableProps<Row>) {
  const { label, load, columns, rowKey, onPage, emptyText, onClear } = props;
  const { value, problem, loading, reload } = load;
  if (problem) return <ProblemNote problem={problem} onRetry={reload} />;
  if (!value) return <Waiting />;
  return (
    <>
      <UpdateBar onReload={reload} />
      {value.stale && <StaleNote onReload={reload} />}
      <div className="panel">
        <Table<Row>
          aria-label={label}
          size="middle"
          rowKey={rowKey}
          columns={columns}
          dataSource={value.items}
          loading={loading}
          scroll={{ x: 'max-content' }}
          locale={{ emptyText: <Nothing text={emptyText} onClear={onClear} /> }}
          pagination={{
            current: value.page,
            pageSize: value.size,
            total: Math.min(value.total, MAX_PAGE * value.size),
            showSizeChanger: true,
            showTotal: () => `共 ${value.total} 条 · ${formatAsOf(value.asOf)}`,
            onChange: onPage,
          }}
        />
      </div>
    </>
  );
}

function Nothing({ text, onClear }: { text: string; onClear: (() => void) | undefined }) {
  return (
    <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={text}>
      {onClear && <Button onClick={onClear}>清除筛选</Button>}
    </Empty>
  );
}
