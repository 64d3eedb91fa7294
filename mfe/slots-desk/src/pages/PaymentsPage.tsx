import { ORDER_STATES } from '@qingpu/contracts/codes/payment-tables';
import type { PaymentOrder } from '@qingpu/contracts/http/payments';
import { formatFee, formatMoment } from '@qingpu/mfe-kit/format';
import { pageOfQuery } from '@qingpu/mfe-kit/query-state';
import { ALL, Choice, DateFilter, optionsOf, TextFilter } from '@qingpu/mfe-kit/react/filters.tsx';
import { useLive } from '@qingpu/mfe-kit/react/live.tsx';
import { PagedTable } from '@qingpu/mfe-kit/react/PagedTable.tsx';
import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { useInstitutions } from '@qingpu/mfe-kit/react/use-institutions';
import { useLiveLoad } from '@qingpu/mfe-kit/react/use-live-load';
import { useQuery } from '@qingpu/mfe-kit/react/use-query';
import type { TableColumnsType } from 'antd';
import { Link } from 'react-router';
import { useOwnInstitution, useSlots } from '../data/slots-context.tsx';

const STATES = [ALL, ...optionsOf(ORDER_STATES)];
const NO_FILTERS = { institution: '', state: '', from: '', to: '', order: '' };
const DEFAULTS = { ...NO_FILTERS, page: '1', size: '20' };

/** Orders at the payment gateway, the newest first; refunds that it refused wait here for somebody (A4.03). */
export default function PaymentsPage() {
  const { payments, directory } = useSlots();
  const own = useOwnInstitution();
  const { lastWrite } = useLive();
  const { query, change } = useQuery(DEFAULTS);
  const institutions = useInstitutions(directory);
  const load = useLiveLoad(JSON.stringify([query, own]), (signal) =>
    payments.orders(
      {
        ...query,
        institution: own ?? query.institution,
        page: pageOfQuery(query.page),
        size: Math.min(pageOfQuery(query.size), 100),
        after: lastWrite.current,
      },
      signal,
    ),
  );
  return (
    <>
      <PageTitle
        title="支付退费"
        note="居民线上支付的挂号费和退费；支付平台拒绝的退款列为“退款待处理”，请打开后逐笔处理。"
      />
      <search className="filters" aria-label="筛选">
        {own === undefined && (
          <Choice
            label="医院"
            wide
            value={query.institution}
            options={[ALL, ...institutions]}
            onChange={(institution) => change({ institution })}
          />
        )}
        <Choice label="状态" value={query.state} options={STATES} onChange={(state) => change({ state })} />
        <DateFilter label="发起日期从" value={query.from} onChange={(from) => change({ from })} />
        <DateFilter label="至" value={query.to} onChange={(to) => change({ to })} />
        <TextFilter
          label="商户订单号"
          placeholder="ZF 开头的完整订单号"
          value={query.order}
          onChange={(order) => change({ order })}
        />
      </search>
      <PagedTable
        label="支付单"
        load={load}
        columns={COLUMNS}
        rowKey={({ orderNumber }) => orderNumber}
        onPage={(page, size) => change({ page: String(page), size: String(size) })}
        emptyText={
          query.state === 'refundRefused'
            ? '没有待处理的退款'
            : '没有符合条件的支付单，请调整筛选条件；居民在线支付后会列在这里'
        }
        onClear={() => change(NO_FILTERS)}
      />
    </>
  );
}

const COLUMNS: TableColumnsType<PaymentOrder> = [
  {
    title: '商户订单号',
    key: 'order',
    render: (_, { paymentId, orderNumber }) => <Link to={`/desk/payments/${paymentId}`}>{orderNumber}</Link>,
  },
  {
    title: '预约单号',
    key: 'booking',
    render: (_, { bookingId, bookingNumber }) => (
      <Link to={`/desk/appointments/${bookingId}`}>{bookingNumber}</Link>
    ),
  },
  { title: '医院', dataIndex: 'institutionName', key: 'institution' },
  { title: '金额', key: 'amount', align: 'right', render: (_, { amountFen }) => formatFee(amountFen) },
  { title: '状态', key: 'state', render: (_, { state }) => ORDER_STATES[state] },
  { title: '发起时间', key: 'requested', render: (_, { requestedAt }) => formatMoment(requestedAt) },
  { title: '支付时间', key: 'paid', render: (_, { paidAt }) => (paidAt ? formatMoment(paidAt) : '—') },
  { title: '退款原因', key: 'reason', render: (_, { refundReason }) => refundReason ?? '—' },
];
