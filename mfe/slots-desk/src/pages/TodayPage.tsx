import type { Today } from '@qingpu/contracts/http/slots';
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
import { useOwnInstitution, useSlots } from '../data/slots-context.tsx';

type Share = Today['bookings']['byChannel'][number];

/** Appointments and registrations of one day of visits, by channel and department (A5.11–A5.15). */
export default function TodayPage() {
  const { api, directory } = useSlots();
  const own = useOwnInstitution();
  const defaults = useMemo(() => ({ institution: '', date: dayFromNow(0) }), []);
  const { query, change } = useQuery(defaults);
  const institutions = useInstitutions(directory);
  const institution = own ?? query.institution;
  const { value, problem, reload } = useLiveLoad(JSON.stringify([query, own]), (signal) =>
    api.today({ date: query.date, institution }, signal),
  );
  return (
    <>
      <PageTitle
        title="预约概况"
        note={
          value
            ? `${value.institutionName} · ${formatCalendarDate(value.date)}就诊 · ${formatAsOf(value.asOf)}`
            : '按就诊日期统计'
        }
      />
      <search className="filters" aria-label="筛选">
        {own === undefined && (
          <Choice
            label="医院"
            wide
            value={query.institution}
            options={[ALL, ...institutions]}
            onChange={(wanted) => change({ institution: wanted })}
          />
        )}
        <DateFilter label="就诊日期" value={query.date} onChange={(date) => change({ date })} />
      </search>
      {problem && <ProblemNote problem={problem} onRetry={reload} />}
      {!problem && !value && <Waiting />}
      {!problem && value && (
        <>
          <UpdateBar onReload={reload} />
          <Figures today={value} institution={institution} isToday={value.date === dayFromNow(0)} />
        </>
      )}
    </>
  );
}

interface FiguresProps {
  readonly today: Today;
  readonly institution: string;
  readonly isToday: boolean;
}

function Figures({ today, institution, isToday }: FiguresProps) {
  const day = isToday ? '今日' : '当日';
  const records = `/desk/appointments?institution=${institution}&from=${today.date}&to=${today.date}`;
  const rate =
    today.converted.of === 0 ? '—' : `${Math.round((today.converted.total / today.converted.of) * 100)}%`;
  return (
    <>
      <ul className="figures">
        <Figure label={`${day}预约`} value={`${today.bookings.total} 单`} to={records} />
        <Figure
          label={`${day}挂号`}
          value={`${today.registrations.total} 单`}
          to={`${records}&state=registered`}
        />
        <Figure
          label="预约转挂号"
          value={`${today.converted.total} 单（${rate}）`}
          to={`${records}&state=registered`}
        />
      </ul>
      <div className="columns">
        <Channels title="预约渠道" shares={today.bookings.byChannel} total={today.bookings.total} />
        <Channels title="挂号渠道" shares={today.registrations.byChannel} total={today.registrations.total} />
        <Channels title="预约转挂号渠道" shares={today.converted.byChannel} total={today.converted.total} />
      </div>
      <section className="panel">
        <h2>各科室</h2>
        <Table
          aria-label="各科室预约、挂号与取消"
          size="middle"
          rowKey={({ institutionCode, departmentCode }) => `${institutionCode}/${departmentCode}`}
          columns={columnsOf(today.date, institution === '')}
          dataSource={today.byDepartment}
          pagination={{ pageSize: 20, hideOnSinglePage: true }}
          locale={{ emptyText: '这一天还没有预约' }}
        />
      </section>
    </>
  );
}

function Figure({ label, value, to }: { label: string; value: string; to: string }) {
  return (
    <li className="panel">
      <span className="muted">{label}</span>
      <Link to={to}>
        <strong>{value}</strong>
      </Link>
    </li>
  );
}

function Channels({ title, shares, total }: { title: string; shares: readonly Share[]; total: number }) {
  const bars = useMemo(
    () =>
      shares.map(({ label, count }) => ({
        label: total === 0 ? label : `${label} ${Math.round((count / total) * 100)}%`,
        value: count,
      })),
    [shares, total],
  );
  return <ChartOrTable title={title} labelHead="渠道" valueHead="单数" unit="单" bars={bars} lying />;
}

function columnsOf(date: string, district: boolean): TableColumnsType<Today['byDepartment'][number]> {
  return [
    ...(district ? [{ title: '医院', dataIndex: 'institutionName', key: 'institution' }] : []),
    {
      title: '科室',
      key: 'department',
      render: (_, { institutionCode, departmentCode, departmentName }) => (
        <Link
          to={`/desk/appointments?institution=${institutionCode}&from=${date}&to=${date}&department=${departmentCode}`}
        >
          {departmentName}
        </Link>
      ),
    },
    { title: '预约', dataIndex: 'bookings', key: 'bookings' },
    { title: '挂号', dataIndex: 'registrations', key: 'registrations' },
    { title: '取消', dataIndex: 'cancellations', key: 'cancellations' },
  ];
}
