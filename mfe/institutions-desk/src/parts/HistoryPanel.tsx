import type { HistoryItem } from '@qingpu/contracts/http/institutions';
import type { EntryKey, Kind } from '@qingpu/mfe-kit/directory';
import { formatAsOf, formatMoment } from '@qingpu/mfe-kit/format';
import { ProblemNote } from '@qingpu/mfe-kit/react/ProblemNote.tsx';
import { useLoad } from '@qingpu/mfe-kit/react/use-load';
import { Waiting } from '@qingpu/mfe-kit/react/Waiting.tsx';
import { Pagination } from 'antd';
import { useState } from 'react';
import { useDesk } from '../data/desk-context.tsx';

interface HistoryPanelProps {
  readonly kind: Kind;
  readonly entryKey: EntryKey;
  /** Another revision is another history. */
  readonly revision: number;
}

/** Everything that happened to an entry, newest first. */
export function HistoryPanel({ kind, entryKey, revision }: HistoryPanelProps) {
  const { api } = useDesk();
  const [page, setPage] = useState(1);
  const { institutionCode, code } = entryKey;
  const { value, problem, reload } = useLoad(
    JSON.stringify([kind, institutionCode, code, revision, page]),
    (signal) => api.history(kind, entryKey, page, signal),
  );
  if (problem) return <ProblemNote problem={problem} onRetry={reload} />;
  if (!value) return <Waiting />;
  return (
    <section className="panel" aria-label="变更记录">
      {value.items.length === 0 && <p className="muted">还没有变更记录。</p>}
      <ol className="timeline">
        {value.items.map((item) => (
          <HistoryEntry key={item.revision} item={item} />
        ))}
      </ol>
      <div className="panel-foot">
        <span className="muted">{formatAsOf(value.asOf)}</span>
        <Pagination
          size="small"
          hideOnSinglePage
          current={value.page}
          pageSize={value.size}
          total={value.total}
          showSizeChanger={false}
          onChange={setPage}
        />
      </div>
    </section>
  );
}

function HistoryEntry({ item }: { item: HistoryItem }) {
  return (
    <li>
      <h2>{item.summary}</h2>
      <p className="muted">
        <time dateTime={item.at}>{formatMoment(item.at)}</time> · {item.actor} · 第{item.revision + 1}次记录
      </p>
      {item.reason && <p>原因：{item.reason}</p>}
      {item.changes.length > 0 && (
        <table className="changes">
          <caption className="visually-hidden">{item.summary}的字段变化</caption>
          <thead>
            <tr>
              <th scope="col">字段</th>
              <th scope="col">变更前</th>
              <th scope="col">变更后</th>
            </tr>
          </thead>
          <tbody>
            {item.changes.map((change) => (
              <tr key={change.field}>
                <th scope="row">{change.label}</th>
                <td>{change.before || '—'}</td>
                <td>{change.after || '—'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </li>
  );
}
