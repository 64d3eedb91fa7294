import { STATEMENT_STATES } from '@qingpu/contracts/codes/payment-tables';
import type { Statement } from '@qingpu/contracts/http/payments';
import { formatCalendarDate, formatFee, formatMoment } from '@qingpu/mfe-kit/format';
import { pageOfQuery } from '@qingpu/mfe-kit/query-state';
import { ALL, Choice, DateFilter, optionsOf } from '@qingpu/mfe-kit/react/filters.tsx';
import { useLive } from '@qingpu/mfe-kit/react/live.tsx';
import { PagedTable } from '@qingpu/mfe-kit/react/PagedTable.tsx';
import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { useInstitutions } from '@qingpu/mfe-kit/react/use-institutions';
import { useLiveLoad } from '@qingpu/mfe-kit/react/use-live-load';
import { useQuery } from '@qingpu/mfe-kit/react/use-query';
import type { TableColumnsType } from 'antd';
import { Link } from 'react-router';
import { useOwnInstitution, useSlots } from '../data/slots-context.tsx';

type Totals = Statement['here'];

const STATES = [ALL, ...optionsOf(STATEMENT_STATES)];
const NO_FILTERS = { institution: '', state: '', from: '', to: '' };
const DEFAULTS = { ...NO_FILTERS, page: '1', size: '20' };

/** Every day's statement of the payment gateway against our own payments, the newest day first. */
export default function StatementsPage() {
  const { payments, directory } = useSlots();
  const own = useOwnInstitution();
  const { lastWrite } = useLive();
  const { query, change } = useQuery(DEFAULTS);
  const institutions = useInstitutions(directory);
  const load = useLiveLoad(JSON.stringify([query, own]), (signal) =>
    payments.statements(
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
        title="支付对账"
        note="每天取支付平台前一天的账单，与平台的支付和退款逐笔核对；有差异的请打开后逐笔处理。"
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
        <DateFilter label="账单日期从" value={query.from} onChange={(from) => change({ from })} />
        <DateFilter label="至" value={query.to} onChange={(to) => change({ to })} />
      </search>
      <PagedTable
        label="支付对账"
        load={load}
        columns={COLUMNS}
        rowKey={({ institutionCode, date }) => `${institutionCode} ${date}`}
        onPage={(page, size) => change({ page: String(page), size: String(size) })}
        emptyText="没有符合条件的账单；有线上支付的日子，次日会列在这里"
        onClear={() => change(NO_FILTERS)}
      />
    </>
  );
}

/** 12笔 ¥300.00, of both sides. */
function paidWords(totals: Totals): string {
  return totals ? `${totals.payments}笔 ${formatFee(totals.paymentsFen)}` : '—';
}

function refundedWords(totals: Totals): string {
  return totals ? `${totals.refunds}笔 ${formatFee(totals.refundsFen)}` : '—';
}

const COLUMNS: TableColumnsType<Statement> = [
  {
    title: '账单日期',
    key: 'date',
    render: (_, { institutionCode, date }) => (
      <Link to={`/desk/payments/statements/${institutionCode}/${date}`}>{formatCalendarDate(date)}</Link>
    ),
  },
  { title: '医院', dataIndex: 'institutionName', key: 'institution' },
  {
    title: '状态',
    key: 'state',
    render: (_, { state, open }) =>
      state === 'different' ? `${STATEMENT_STATES[state]}，${open}笔待处理` : STATEMENT_STATES[state],
  },
  { title: '平台支付', key: 'paidHere', align: 'right', render: (_, { here }) => paidWords(here) },
  { title: '账单支付', key: 'paidThere', align: 'right', render: (_, { there }) => paidWords(there) },
  { title: '平台退款', key: 'refundedHere', align: 'right', render: (_, { here }) => refundedWords(here) },
  { title: '账单退款', key: 'refundedThere', align: 'right', render: (_, { there }) => refundedWords(there) },
  {
    title: '核对时间',
    key: 'compared',
    render: (_, { comparedAt }) => (comparedAt ? formatMoment(comparedAt) : '—'),
  },
];
