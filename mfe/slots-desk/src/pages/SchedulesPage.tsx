import { SCHEDULE_KINDS, SESSIONS } from '@qingpu/contracts/codes/slot-tables';
import { BOOKABILITY, type DeskSchedule } from '@qingpu/contracts/http/slots';
import { dayFromNow } from '@qingpu/mfe-kit/days';
import { formatDay, formatFee } from '@qingpu/mfe-kit/format';
import { pageOfQuery } from '@qingpu/mfe-kit/query-state';
import { ALL, Choice, DateFilter, optionsOf } from '@qingpu/mfe-kit/react/filters.tsx';
import { useLive } from '@qingpu/mfe-kit/react/live.tsx';
import { PagedTable } from '@qingpu/mfe-kit/react/PagedTable.tsx';
import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { useLiveLoad } from '@qingpu/mfe-kit/react/use-live-load';
import { useQuery } from '@qingpu/mfe-kit/react/use-query';
import type { TableColumnsType } from 'antd';
import { useMemo } from 'react';
import { Link } from 'react-router';
import { useOwnInstitution, useSlots } from '../data/slots-context.tsx';
import { PlaceFilters } from '../parts/PlaceFilters.tsx';

const KINDS = [ALL, ...optionsOf(SCHEDULE_KINDS)];
const STATES = [ALL, ...optionsOf(BOOKABILITY)];
const NO_FILTERS = { institution: '', department: '', doctor: '', kind: '', state: '' };

/** Every schedule with its quotas; opens one to suspend, substitute or close it. */
export function SchedulesPage() {
  const { api, shell } = useSlots();
  const own = useOwnInstitution();
  const { lastWrite } = useLive();
  const defaults = useMemo(
    () => ({ ...NO_FILTERS, from: dayFromNow(0), to: dayFromNow(6), page: '1', size: '20' }),
    [],
  );
  const { query, change } = useQuery(defaults);
  const load = useLiveLoad(JSON.stringify([query, own]), (signal) => {
    const { page, size, institution, ...filters } = query;
    const paging = { page: pageOfQuery(page), size: Math.min(pageOfQuery(size), 100) };
    return api.schedules(
      { ...filters, institution: own ?? institution, ...paging, after: lastWrite.current },
      signal,
    );
  });
  return (
    <>
      <PageTitle title="排班号源" note="医院登记的排班和号源，按用途看余量，办理停诊和替诊。">
        {shell.session?.role !== 'coordinator' && (
          <Link className="action" to="/desk/slots/schedules/import">
            导入排班
          </Link>
        )}
      </PageTitle>
      <search className="filters" aria-label="筛选">
        <PlaceFilters {...query} onChange={change} />
        <DateFilter label="就诊日期从" value={query.from} onChange={(from) => change({ from })} />
        <DateFilter label="至" value={query.to} onChange={(to) => change({ to })} />
        <Choice label="门诊类型" value={query.kind} options={KINDS} onChange={(kind) => change({ kind })} />
        <Choice label="状态" value={query.state} options={STATES} onChange={(state) => change({ state })} />
      </search>
      <PagedTable
        label="排班列表"
        load={load}
        columns={COLUMNS}
        rowKey={({ institutionCode, scheduleId }) => `${institutionCode}/${scheduleId}`}
        onPage={(page, size) => change({ page: String(page), size: String(size) })}
        emptyText="没有符合条件的排班，请调整筛选条件，或由医院登记、导入排班"
        onClear={() => change({ ...NO_FILTERS, from: defaults.from, to: defaults.to })}
      />
    </>
  );
}

const tierOf = (schedule: DeskSchedule, tier: keyof DeskSchedule['tiers']) => {
  const counts = schedule.tiers[tier];
  return counts ? `${counts.free}/${counts.total}` : '—';
};

const COLUMNS: TableColumnsType<DeskSchedule> = [
  {
    title: '排班',
    key: 'schedule',
    render: (_, { institutionCode, scheduleId }) => (
      <Link to={`/desk/slots/schedules/${institutionCode}/${encodeURIComponent(scheduleId)}`}>
        {scheduleId}
      </Link>
    ),
  },
  { title: '医院', dataIndex: 'institutionName', key: 'institution' },
  { title: '科室', dataIndex: 'departmentName', key: 'department' },
  {
    title: '医生或门诊',
    key: 'doctor',
    render: (_, { doctorName, doctorTitle, clinicName, substituted }) =>
      `${doctorName ? `${doctorName} ${doctorTitle ?? ''}` : (clinicName ?? '')}${substituted ? '（替诊）' : ''}`,
  },
  { title: '类型', key: 'kind', render: (_, { kind }) => SCHEDULE_KINDS[kind] },
  {
    title: '就诊时间',
    key: 'time',
    render: (_, { date, session }) => `${formatDay(`${date}T00:00:00+08:00`)} ${SESSIONS[session]}`,
  },
  { title: '状态', key: 'state', render: (_, { bookability }) => BOOKABILITY[bookability] },
  {
    title: '余号/总数',
    key: 'tiers',
    children: [
      { title: '公众', key: 'public', render: (_, row) => tierOf(row, 'public') },
      { title: '社区', key: 'community', render: (_, row) => tierOf(row, 'community') },
      { title: '签约', key: 'contracted', render: (_, row) => tierOf(row, 'contracted') },
      { title: '转诊', key: 'referral', render: (_, row) => tierOf(row, 'referral') },
    ],
  },
  { title: '已约', dataIndex: 'booked', key: 'booked' },
  { title: '挂号费', key: 'fee', render: (_, { feeFen }) => formatFee(feeFen) },
];
