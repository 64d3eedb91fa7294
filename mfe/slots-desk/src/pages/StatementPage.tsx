import {
  MOVEMENT_SUBJECTS,
  STATEMENT_DIFFERENCES,
  STATEMENT_STATES,
} from '@qingpu/contracts/codes/payment-tables';
import type { StatementDetail } from '@qingpu/contracts/http/payments';
import { formatAsOf, formatCalendarDate, formatFee, formatMoment } from '@qingpu/mfe-kit/format';
import { useLive } from '@qingpu/mfe-kit/react/live.tsx';
import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { ProblemNote } from '@qingpu/mfe-kit/react/ProblemNote.tsx';
import { StaleNote } from '@qingpu/mfe-kit/react/StaleNote.tsx';
import { UpdateBar } from '@qingpu/mfe-kit/react/UpdateBar.tsx';
import { useAct } from '@qingpu/mfe-kit/react/use-act';
import { useLiveLoad } from '@qingpu/mfe-kit/react/use-live-load';
import { Waiting } from '@qingpu/mfe-kit/react/Waiting.tsx';
import { Alert, Button, Descriptions, Empty, Table, type TableColumnsType } from 'antd';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import type { StatementDay } from '../data/payments-api.ts';
import { useSlots } from '../data/slots-context.tsx';
import { ReasonDialog } from '../parts/ReasonDialog.tsx';

type Difference = StatementDetail['differences'][number];

/** One day's statement of the payment gateway: totals of both sides, and what they differ in. */
export default function StatementPage() {
  const { institution: institutionCode = '', date = '' } = useParams();
  const day = { institutionCode, date };
  const { payments } = useSlots();
  const { lastWrite } = useLive();
  const [settling, setSettling] = useState<Difference>();
  const { value, problem, reload } = useLiveLoad(`${institutionCode} ${date}`, (signal) =>
    payments.statement(day, lastWrite.current, signal),
  );
  const act = useAct((_: undefined, submission) => payments.compare(day, submission), reload);
  if (problem) return <ProblemNote problem={problem} onRetry={reload} />;
  if (!value) return <Waiting />;
  return (
    <>
      <PageTitle
        title={`${formatCalendarDate(date)}对账`}
        note={`${value.institutionName} · ${STATEMENT_STATES[value.state]} · ${formatAsOf(value.asOf)}`}
        back={{ to: '/desk/payments/statements', text: '返回支付对账' }}
      >
        <Button loading={act.busy} onClick={() => void act.run(undefined)}>
          重新核对
        </Button>
      </PageTitle>
      <UpdateBar onReload={reload} />
      {value.stale && <StaleNote onReload={reload} />}
      {act.problem && <ProblemNote problem={act.problem} />}
      <Totals statement={value} />
      <Differences statement={value} onSettle={setSettling} />
      {settling && (
        <SettleDialog
          day={day}
          difference={settling}
          onDone={reload}
          onClose={() => setSettling(undefined)}
        />
      )}
    </>
  );
}

function Totals({ statement: { here, there, comparedAt } }: { statement: StatementDetail }) {
  if (!here || !there)
    return (
      <Alert
        type="info"
        showIcon
        title="还没有取到支付平台这一天的账单，平台会一直获取到取得为止，也可以点击“重新核对”立即获取。"
      />
    );
  const items = [
    { key: 'paidHere', label: '平台支付', children: `${here.payments}笔 ${formatFee(here.paymentsFen)}` },
    { key: 'refundedHere', label: '平台退款', children: `${here.refunds}笔 ${formatFee(here.refundsFen)}` },
    { key: 'compared', label: '核对时间', children: comparedAt ? formatMoment(comparedAt) : '—' },
    { key: 'paidThere', label: '账单支付', children: `${there.payments}笔 ${formatFee(there.paymentsFen)}` },
    {
      key: 'refundedThere',
      label: '账单退款',
      children: `${there.refunds}笔 ${formatFee(there.refundsFen)}`,
    },
  ];
  return (
    <section className="panel" aria-label="合计">
      <Descriptions size="small" column={3} items={items} />
    </section>
  );
}

interface DifferencesProps {
  readonly statement: StatementDetail;
  readonly onSettle: (difference: Difference) => void;
}

function Differences({ statement: { differences, unlisted, comparedAt }, onSettle }: DifferencesProps) {
  if (comparedAt === null) return null;
  return (
    <section className="panel">
      <h2>差异</h2>
      {unlisted > 0 && (
        <Alert
          type="warning"
          showIcon
          title={`差异过多，另有${unlisted}笔没有列出，请先与支付平台核实账单，再重新核对。`}
        />
      )}
      <Table<Difference>
        aria-label="差异"
        size="middle"
        rowKey={({ subject, number }) => `${subject} ${number}`}
        columns={columnsOf(onSettle)}
        dataSource={differences}
        pagination={{ pageSize: 20, hideOnSinglePage: true }}
        locale={{
          emptyText: (
            <Empty
              image={Empty.PRESENTED_IMAGE_SIMPLE}
              description="没有差异：平台与支付平台的账单逐笔一致"
            />
          ),
        }}
      />
    </section>
  );
}

interface SettleDialogProps {
  readonly day: StatementDay;
  readonly difference: Difference;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function SettleDialog({ day, difference: { subject, number, kind }, onDone, onClose }: SettleDialogProps) {
  const { payments } = useSlots();
  const act = useAct(
    (reason: string, submission) => payments.settleDifference(day, { subject, number, reason }, submission),
    onDone,
  );
  return (
    <ReasonDialog
      title={`处理差异：${number}`}
      okText="处理"
      consequence={`${MOVEMENT_SUBJECTS[subject]}，${STATEMENT_DIFFERENCES[kind]}。请先与支付平台核实，在原因中写明核实结果；处理结果会留痕，不会改动任何支付和退款。`}
      act={act}
      onClose={onClose}
    />
  );
}

function columnsOf(onSettle: (difference: Difference) => void): TableColumnsType<Difference> {
  return [
    { title: '类别', key: 'subject', render: (_, { subject }) => MOVEMENT_SUBJECTS[subject] },
    {
      title: '单号',
      key: 'number',
      render: (_, { number, paymentId, hereFen }) =>
        hereFen === null ? number : <Link to={`/desk/payments/${paymentId}`}>{number}</Link>,
    },
    { title: '差异', key: 'kind', render: (_, { kind }) => STATEMENT_DIFFERENCES[kind] },
    {
      title: '平台金额',
      key: 'here',
      align: 'right',
      render: (_, { hereFen }) => (hereFen === null ? '—' : formatFee(hereFen)),
    },
    {
      title: '账单金额',
      key: 'there',
      align: 'right',
      render: (_, { thereFen }) => (thereFen === null ? '—' : formatFee(thereFen)),
    },
    {
      title: '处理',
      key: 'settled',
      render: (_, { settled }) => (settled ? `${settled.reason}（${formatMoment(settled.at)}）` : '待处理'),
    },
    {
      title: '操作',
      key: 'act',
      render: (_, difference) =>
        difference.settled ? null : (
          <Button size="small" onClick={() => onSettle(difference)}>
            处理
          </Button>
        ),
    },
  ];
}
