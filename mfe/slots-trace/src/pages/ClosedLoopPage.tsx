import type { ClosedLoop } from '@qingpu/contracts/http/slots';
import { ChartOrTable } from '@qingpu/mfe-charts/ChartOrTable.tsx';
import { dayFromNow } from '@qingpu/mfe-kit/days';
import { formatAsOf, formatCalendarDate } from '@qingpu/mfe-kit/format';
import { ALL, Choice, DateFilter } from '@qingpu/mfe-kit/react/filters.tsx';
import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { ProblemNote } from '@qingpu/mfe-kit/react/ProblemNote.tsx';
import { UpdateBar } from '@qingpu/mfe-kit/react/UpdateBar.tsx';
import { useInstitutions } from '@qingpu/mfe-kit/react/use-institutions';
import { useLiveLoad } from '@qingpu/mfe-kit/react/use-live-load';
import { useQuery } from '@qingpu/mfe-kit/react/use-query';
import { Waiting } from '@qingpu/mfe-kit/react/Waiting.tsx';
import { Table, type TableColumnsType } from 'antd';
import { useMemo } from 'react';
import { Link } from 'react-router';
import { useTrace } from '../data/trace-context.tsx';

/** What became of every slot of a span of days: the funnel, the tags and the proof that none is unexplained (F3.11). */
export default function ClosedLoopPage() {
  const { api, directory } = useTrace();
  const defaults = useMemo(() => ({ institution: '', from: dayFromNow(-6), to: dayFromNow(0) }), []);
  const { query, change } = useQuery(defaults);
  const institutions = useInstitutions(directory);
  const { value, problem, reload } = useLiveLoad(JSON.stringify(query), (signal) =>
    api.closedLoop({ ...query }, signal),
  );
  return (
    <>
      <PageTitle
        title="闭环统计"
        note={
          value
            ? `${formatCalendarDate(value.from)} 至 ${formatCalendarDate(value.to)} 就诊的全部号源 · ${formatAsOf(value.asOf)}`
            : '全部号源的去向'
        }
      />
      <search className="filters" aria-label="筛选">
        <Choice
          label="医院"
          wide
          value={query.institution}
          options={[ALL, ...institutions]}
          onChange={(institution) => change({ institution })}
        />
        <DateFilter label="就诊日期从" value={query.from} onChange={(from) => change({ from })} />
        <DateFilter label="至" value={query.to} onChange={(to) => change({ to })} />
      </search>
      {problem && <ProblemNote problem={problem} onRetry={reload} />}
      {!problem && !value && <Waiting />}
      {!problem && value && (
        <>
          <UpdateBar onReload={reload} />
          <Figures loop={value} institution={query.institution} />
        </>
      )}
    </>
  );
}

function Figures({ loop, institution }: { loop: ClosedLoop; institution: string }) {
  const funnel = useMemo(() => loop.funnel.map(({ label, count }) => ({ label, value: count })), [loop]);
  const tags = useMemo(
    () => loop.tags.filter(({ count }) => count > 0).map(({ label, count }) => ({ label, value: count })),
    [loop],
  );
  return (
    <>
      <section className="panel" aria-label="无法解释的号源">
        <div className={loop.unexplained === 0 ? 'verdict good' : 'verdict bad'}>
          <strong>{loop.unexplained}</strong>
          <p>
            {loop.unexplained === 0
              ? `个号源去向不明：${loop.total} 个号源都有且只有一个闭环标签。`
              : `个号源去向不明，请用下方标签逐项核对。`}
          </p>
        </div>
      </section>
      <div className="columns">
        <ChartOrTable
          title="从登记到履约"
          labelHead="环节"
          valueHead="号源数"
          unit="个"
          bars={funnel}
          lying
        />
        <ChartOrTable title="闭环标签" labelHead="标签" valueHead="号源数" unit="个" bars={tags} lying />
      </div>
      <section className="panel">
        <h2>标签明细</h2>
        <ul className="tag-counts">
          {loop.tags
            .filter(({ count }) => count > 0)
            .map(({ tag, label, count }) => (
              <li key={tag}>
                <Link
                  to={`/desk/trace?institution=${institution}&from=${loop.from}&to=${loop.to}&tag=${tag}`}
                >
                  {label} {count}
                </Link>
              </li>
            ))}
        </ul>
      </section>
      <section className="panel">
        <h2>各机构</h2>
        <Table
          aria-label="各机构闭环情况"
          size="middle"
          rowKey="institutionCode"
          columns={COLUMNS}
          dataSource={loop.byInstitution}
          pagination={false}
          scroll={{ x: 'max-content' }}
          locale={{ emptyText: '这段时间没有号源' }}
        />
      </section>
    </>
  );
}

const COLUMNS: TableColumnsType<ClosedLoop['byInstitution'][number]> = [
  { title: '机构', dataIndex: 'institutionName', key: 'institution' },
  { title: '号源', dataIndex: 'total', key: 'total' },
  { title: '已约', dataIndex: 'booked', key: 'booked' },
  { title: '已履约', dataIndex: 'fulfilled', key: 'fulfilled' },
  { title: '爽约', dataIndex: 'noShow', key: 'noShow' },
  { title: '退号', dataIndex: 'cancelled', key: 'cancelled' },
  { title: '未反馈', dataIndex: 'unreported', key: 'unreported' },
];
