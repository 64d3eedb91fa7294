import { ORDER_STATES, PAYMENT_STATES, REFUND_STATES } from '@qingpu/contracts/codes/payment-tables';
import type { PaymentDetail } from '@qingpu/contracts/http/payments';
import { formatFee, formatMoment } from '@qingpu/mfe-kit/format';
import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { ProblemNote } from '@qingpu/mfe-kit/react/ProblemNote.tsx';
import { UpdateBar } from '@qingpu/mfe-kit/react/UpdateBar.tsx';
import { useAct } from '@qingpu/mfe-kit/react/use-act';
import { useLiveLoad } from '@qingpu/mfe-kit/react/use-live-load';
import { Waiting } from '@qingpu/mfe-kit/react/Waiting.tsx';
import { Alert, Button, Descriptions, Table, type TableColumnsType } from 'antd';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { useSlots } from '../data/slots-context.tsx';
import { ReasonDialog } from '../parts/ReasonDialog.tsx';
import { Timeline } from '../parts/Timeline.tsx';

type Task = PaymentDetail['tasks'][number];
type Order = PaymentDetail['orders'][number];
type Refund = Order['refunds'][number];

/** The payment of one booking with all its orders and what happened to them; a refused refund is settled here (A4.03). */
export default function PaymentPage() {
  const { id = '' } = useParams();
  const { payments } = useSlots();
  const { value, problem, reload } = useLiveLoad(id, (signal) => payments.payment(id, signal));
  if (problem) return <ProblemNote problem={problem} onRetry={reload} />;
  if (!value) return <Waiting />;
  const { bookingNumber, institutionName, purpose, amountFen, state } = value;
  const refunds = value.orders.flatMap((order) => order.refunds);
  return (
    <>
      <PageTitle
        title={`支付详情 ${bookingNumber}`}
        note={`${institutionName} · ${purpose} ${formatFee(amountFen)} · ${state ? PAYMENT_STATES[state] : '未支付'}`}
        back={{ to: '/desk/payments', text: '返回支付退费' }}
      />
      <UpdateBar onReload={reload} />
      {value.tasks.map((task) => (
        <RefundTask key={task.refundNumber} paymentId={id} task={task} onDone={reload} />
      ))}
      <Facts payment={value} />
      <section className="panel">
        <h2>支付单</h2>
        <Table<Order>
          aria-label="支付单"
          size="middle"
          rowKey={({ orderNumber }) => orderNumber}
          columns={ORDER_COLUMNS}
          dataSource={value.orders}
          pagination={false}
        />
      </section>
      {refunds.length > 0 && (
        <section className="panel">
          <h2>退款单</h2>
          <Table<Refund>
            aria-label="退款单"
            size="middle"
            rowKey={({ refundNumber }) => refundNumber}
            columns={REFUND_COLUMNS}
            dataSource={refunds}
            pagination={false}
          />
        </section>
      )}
      <Timeline steps={value.timeline} />
    </>
  );
}

function Facts({ payment }: { payment: PaymentDetail }) {
  const items = [
    {
      key: 'booking',
      label: '预约单',
      children: <Link to={`/desk/appointments/${payment.bookingId}`}>{payment.bookingNumber}</Link>,
    },
    { key: 'institution', label: '医院', children: payment.institutionName },
    { key: 'purpose', label: '项目', children: payment.purpose },
    { key: 'amount', label: '应付', children: formatFee(payment.amountFen) },
    { key: 'state', label: '状态', children: payment.state ? PAYMENT_STATES[payment.state] : '未支付' },
  ];
  return (
    <section className="panel" aria-label="支付信息">
      <Descriptions size="small" column={3} items={items} />
    </section>
  );
}

interface RefundTaskProps {
  readonly paymentId: string;
  readonly task: Task;
  readonly onDone: () => void;
}

/** A refund that the gateway refused: it is asked again, or the money was given back otherwise. */
function RefundTask({ paymentId, task: { refundNumber, amountFen }, onDone }: RefundTaskProps) {
  const { payments } = useSlots();
  const [settling, setSettling] = useState(false);
  const retry = useAct(
    (_: undefined, submission) => payments.retryRefund(paymentId, refundNumber, submission),
    onDone,
  );
  const settle = useAct(
    (reason: string, submission) => payments.settleRefund(paymentId, refundNumber, reason, submission),
    onDone,
  );
  return (
    <section aria-label="待处理退款">
      {retry.problem && <ProblemNote problem={retry.problem} />}
      <Alert
        type="warning"
        showIcon
        title={`支付平台拒绝退款 ${formatFee(amountFen)}`}
        description={`退款单 ${refundNumber}。请先与支付平台核实原因：能退的重新发起，已用其他方式退还的登记为线下退款。`}
        action={
          <div className="page-actions">
            <Button type="primary" loading={retry.busy} onClick={() => void retry.run(undefined)}>
              重新发起退款
            </Button>
            <Button onClick={() => setSettling(true)}>登记线下退款</Button>
          </div>
        }
      />
      {settling && (
        <ReasonDialog
          title="登记线下退款"
          okText="确认已退还"
          danger
          consequence={`登记后这笔 ${formatFee(amountFen)} 不再向支付平台申请退款，患者会看到“已线下退款”，不能撤回。请在原因中写明退款方式和凭证号。`}
          act={settle}
          onClose={() => setSettling(false)}
        />
      )}
    </section>
  );
}

const ORDER_COLUMNS: TableColumnsType<Order> = [
  { title: '商户订单号', dataIndex: 'orderNumber', key: 'order' },
  { title: '金额', key: 'amount', align: 'right', render: (_, { amountFen }) => formatFee(amountFen) },
  { title: '状态', key: 'state', render: (_, { state }) => ORDER_STATES[state] },
  { title: '支付截止', key: 'until', render: (_, { until }) => formatMoment(until) },
  {
    title: '支付平台交易号',
    key: 'trade',
    render: (_, { gatewayTradeNumber }) => gatewayTradeNumber ?? '—',
  },
];

const REFUND_COLUMNS: TableColumnsType<Refund> = [
  { title: '退款单号', dataIndex: 'refundNumber', key: 'refund' },
  { title: '金额', key: 'amount', align: 'right', render: (_, { amountFen }) => formatFee(amountFen) },
  { title: '状态', key: 'state', render: (_, { state }) => REFUND_STATES[state] },
  { title: '退款原因', dataIndex: 'reason', key: 'reason' },
];
