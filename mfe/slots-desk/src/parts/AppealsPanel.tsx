import { CREDIT_REPORTS } from '@qingpu/contracts/http/slots';
import { formatMoment } from '@qingpu/mfe-kit/format';
import { pageOfQuery } from '@qingpu/mfe-kit/query-state';
import { Choice } from '@qingpu/mfe-kit/react/filters.tsx';
import { useLive } from '@qingpu/mfe-kit/react/live.tsx';
import { PagedTable } from '@qingpu/mfe-kit/react/PagedTable.tsx';
import { useAct } from '@qingpu/mfe-kit/react/use-act';
import { useLiveLoad } from '@qingpu/mfe-kit/react/use-live-load';
import { useQuery } from '@qingpu/mfe-kit/react/use-query';
import { Button, type TableColumnsType } from 'antd';
import { useState } from 'react';
import type { Appeal } from '../data/slots-api.ts';
import { useSlots } from '../data/slots-context.tsx';
import { ReasonDialog } from './ReasonDialog.tsx';

const DEFAULTS = { tab: '', state: 'filed', page: '1', size: '20' } as const;
const STATE_WORDS = { filed: '待处理', upheld: '已采纳', dismissed: '未采纳' } as const;
const STATES = [
  ...Object.entries(STATE_WORDS).map(([value, label]) => ({ value, label })),
  { value: '', label: '全部' },
];

/** What people have to say against no-shows and blocks, and the decisions. */
export function AppealsPanel() {
  const { api } = useSlots();
  const { lastWrite } = useLive();
  const { query, change } = useQuery(DEFAULTS);
  const [asked, setAsked] = useState<{ readonly appeal: Appeal; readonly upheld: boolean }>();
  const load = useLiveLoad(JSON.stringify(query), (signal) =>
    api.appeals(
      {
        state: query.state,
        page: pageOfQuery(query.page),
        size: Math.min(pageOfQuery(query.size), 100),
        after: lastWrite.current,
      },
      signal,
    ),
  );
  return (
    <>
      <search className="filters" aria-label="筛选申诉">
        <Choice label="状态" value={query.state} options={STATES} onChange={(state) => change({ state })} />
      </search>
      <PagedTable
        label="申诉"
        load={load}
        columns={columnsOf((appeal, upheld) => setAsked({ appeal, upheld }))}
        rowKey={({ appealId }) => appealId}
        onPage={(page, size) => change({ page: String(page), size: String(size) })}
        emptyText="没有待处理的申诉"
      />
      {asked && <DecisionDialog {...asked} onDone={load.reload} onClose={() => setAsked(undefined)} />}
    </>
  );
}

interface DecisionDialogProps {
  readonly appeal: Appeal;
  readonly upheld: boolean;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function DecisionDialog({ appeal, upheld, onDone, onClose }: DecisionDialogProps) {
  const { api } = useSlots();
  const act = useAct(
    (reason: string, submission) => api.decide(appeal.appealId, { upheld, reason }, submission),
    onDone,
  );
  return (
    <ReasonDialog
      title={upheld ? '采纳申诉' : '不采纳申诉'}
      okText={upheld ? '采纳' : '不采纳'}
      danger={!upheld}
      consequence={
        upheld
          ? '采纳后该记录不再计入违约或黑名单，暂停的预约随之恢复；对违约记录的申诉结果会上报市级信用平台。'
          : '不采纳后记录照常计入，本人会看到处理意见。'
      }
      act={act}
      onClose={onClose}
    />
  );
}

function columnsOf(onDecide: (appeal: Appeal, upheld: boolean) => void): TableColumnsType<Appeal> {
  return [
    { title: '申诉人', dataIndex: 'personName', key: 'person' },
    { title: '针对', key: 'subject', render: (_, { subject }) => subject.summary },
    { title: '申诉理由', dataIndex: 'statement', key: 'statement' },
    { title: '提交时间', key: 'filedAt', render: (_, { filedAt }) => formatMoment(filedAt) },
    { title: '状态', key: 'state', render: (_, { state }) => STATE_WORDS[state] },
    { title: '处理意见', key: 'decision', render: (_, { decisionReason }) => decisionReason ?? '—' },
    {
      title: '征信申诉',
      key: 'credit',
      render: (_, { creditReport }) => (creditReport === null ? '—' : CREDIT_REPORTS[creditReport]),
    },
    {
      title: '操作',
      key: 'act',
      render: (_, appeal) =>
        appeal.state === 'filed' ? (
          <span className="page-actions">
            <Button size="small" type="primary" onClick={() => onDecide(appeal, true)}>
              采纳
            </Button>
            <Button size="small" onClick={() => onDecide(appeal, false)}>
              不采纳
            </Button>
          </span>
        ) : null,
    },
  ];
}
