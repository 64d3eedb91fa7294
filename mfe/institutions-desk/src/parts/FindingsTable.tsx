import { Button, Empty, Table, type TableColumnsType, Tag } from 'antd';
import { useMemo } from 'react';
import { Link } from 'react-router';
import type { Analysis } from '../data/desk-api.ts';
import { entryAddress } from '../data/kinds.ts';

type Institution = Analysis['institutions'][number];
/** The unit of each field, as the distribution has it. */
type Units = Readonly<Record<string, string>>;
type Verdict = Institution['verdict'];

const VERDICTS: Readonly<Record<Verdict, { readonly text: string; readonly className: string }>> = {
  unfiled: { text: '未备案', className: 'quiet' },
  compliant: { text: '符合', className: 'good' },
  notice: { text: '有提示', className: 'watch' },
  deviation: { text: '须整改', className: 'bad' },
};

/** Verdicts behind each figure of the totals. */
const BEHIND: Readonly<Record<string, readonly Verdict[]>> = {
  filed: ['compliant', 'notice', 'deviation'],
  unfiled: ['unfiled'],
  met: ['compliant', 'notice'],
  deviation: ['deviation'],
};

const columnsWith = (units: Units): TableColumnsType<Institution> => [
  {
    title: '机构',
    render: (_, { institutionCode, institutionName }) => (
      <Link to={`/desk/booking-rules?institution=${institutionCode}`}>{institutionName}</Link>
    ),
  },
  { title: '执行中的规则', align: 'right', render: (_, institution) => `${institution.rulesInForce} 条` },
  {
    title: '结论',
    render: (_, { verdict }) => (
      <Tag className={`status ${VERDICTS[verdict].className}`}>{VERDICTS[verdict].text}</Tag>
    ),
  },
  {
    title: '问题和建议',
    width: '55%',
    render: (_, institution) => <Findings institution={institution} units={units} />,
  },
];

interface FindingsTableProps {
  readonly institutions: readonly Institution[];
  readonly distribution: Analysis['distribution'];
  readonly verdict: string;
  readonly onVerdict: (verdict: string) => void;
}

/** What each institution's rules miss, and what to do about it. */
export function FindingsTable({ institutions, distribution, verdict, onVerdict }: FindingsTableProps) {
  const behind = BEHIND[verdict];
  const shown = behind
    ? institutions.filter((institution) => behind.includes(institution.verdict))
    : institutions;
  const columns = useMemo(
    () => columnsWith(Object.fromEntries(distribution.map(({ field, unit }) => [field, unit]))),
    [distribution],
  );
  return (
    <section className="panel" aria-labelledby="findings-title">
      <div className="panel-head">
        <h2 id="findings-title">各机构情况</h2>
        {behind && <Button onClick={() => onVerdict('')}>显示全部机构</Button>}
      </div>
      <Table<Institution>
        aria-labelledby="findings-title"
        size="middle"
        rowKey="institutionCode"
        columns={columns}
        dataSource={shown}
        pagination={{ pageSize: 20, hideOnSinglePage: true, showTotal: (total) => `共 ${total} 家` }}
        locale={{ emptyText: <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description="没有这类机构" /> }}
      />
    </section>
  );
}

function Findings({ institution, units }: { institution: Institution; units: Units }) {
  if (institution.verdict === 'unfiled') return <>请督促机构备案预约规则。</>;
  if (institution.findings.length === 0) return <>—</>;
  return (
    <ul className="findings">
      {institution.findings.map((finding) => (
        <li key={finding.ruleCode + finding.guidanceId}>
          <Tag className={`status ${finding.severity === 'deviation' ? 'bad' : 'watch'}`}>
            {finding.severity === 'deviation' ? '须整改' : '提示'}
          </Tag>
          <Link
            to={entryAddress('bookingRule', {
              institutionCode: institution.institutionCode,
              code: finding.ruleCode,
            })}
          >
            {finding.ruleName}
          </Link>
          ：{finding.label}备案为 {finding.value} {units[finding.field]}，应{finding.expected}。
          {finding.advice}
        </li>
      ))}
    </ul>
  );
}
