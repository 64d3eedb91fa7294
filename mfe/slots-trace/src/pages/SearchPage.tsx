import { CLOSED_LOOP_TAGS, SCHEDULE_KINDS, SESSIONS, TIERS } from '@qingpu/contracts/codes/slot-tables';
import type { TracedSlot } from '@qingpu/contracts/http/slots';
import { dayFromNow } from '@qingpu/mfe-kit/days';
import { formatCalendarDate } from '@qingpu/mfe-kit/format';
import { pageOfQuery } from '@qingpu/mfe-kit/query-state';
import { ALL, Choice, DateFilter, optionsOf, TextFilter } from '@qingpu/mfe-kit/react/filters.tsx';
import { PagedTable } from '@qingpu/mfe-kit/react/PagedTable.tsx';
import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { useInstitutions } from '@qingpu/mfe-kit/react/use-institutions';
import { useLiveLoad } from '@qingpu/mfe-kit/react/use-live-load';
import { useQuery } from '@qingpu/mfe-kit/react/use-query';
import type { TableColumnsType } from 'antd';
import { useMemo } from 'react';
import { Link } from 'react-router';
import { useTrace } from '../data/trace-context.tsx';
import { SlotTag } from '../parts/SlotTag.tsx';

const NO_KEYS = {
  institution: '',
  department: '',
  doctor: '',
  clinic: '',
  schedule: '',
  slot: '',
  order: '',
  tag: '',
};
const TAGS = [ALL, ...optionsOf(CLOSED_LOOP_TAGS)];

/** Finds slots by any key that they were registered with (F2.02), by day of visit, or by how they ended (F3.12). */
export function SearchPage() {
  const { api, directory } = useTrace();
  const defaults = useMemo(
    () => ({ ...NO_KEYS, from: dayFromNow(0), to: dayFromNow(0), page: '1', size: '20' }),
    [],
  );
  const { query, change } = useQuery(defaults);
  const institutions = useInstitutions(directory);
  const load = useLiveLoad(JSON.stringify(query), (signal) => {
    const { page, size, ...keys } = query;
    return api.find({ ...keys, page: pageOfQuery(page), size: Math.min(pageOfQuery(size), 100) }, signal);
  });
  return (
    <>
      <PageTitle
        title="号源追溯"
        note="按医院、排班、号源、科室、医生、门诊、预约单号或就诊日期，查看每个号源的去向。"
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
        <Choice label="闭环标签" value={query.tag} options={TAGS} onChange={(tag) => change({ tag })} />
        <TextFilter
          label="排班编号"
          placeholder="医院的排班ID"
          value={query.schedule}
          onChange={(schedule) => change({ schedule })}
        />
        <TextFilter
          label="号源编号"
          placeholder="医院的号源ID"
          value={query.slot}
          onChange={(slot) => change({ slot })}
        />
        <TextFilter
          label="科室代码"
          placeholder="一级或二级科室"
          value={query.department}
          onChange={(department) => change({ department })}
        />
        <TextFilter
          label="医生代码"
          placeholder="医生代码"
          value={query.doctor}
          onChange={(doctor) => change({ doctor })}
        />
        <TextFilter
          label="门诊代码"
          placeholder="门诊代码"
          value={query.clinic}
          onChange={(clinic) => change({ clinic })}
        />
        <TextFilter
          label="预约单号"
          placeholder="QP 开头的预约单号"
          value={query.order}
          onChange={(order) => change({ order })}
        />
      </search>
      <PagedTable
        label="号源列表"
        load={load}
        columns={COLUMNS}
        rowKey={({ institutionCode, scheduleId, slotId }) => `${institutionCode}/${scheduleId}/${slotId}`}
        onPage={(page, size) => change({ page: String(page), size: String(size) })}
        emptyText="没有符合条件的号源，请调整筛选条件或就诊日期"
        onClear={() => change({ ...NO_KEYS, from: defaults.from, to: defaults.to })}
      />
    </>
  );
}

const COLUMNS: TableColumnsType<TracedSlot> = [
  {
    title: '号源',
    key: 'slot',
    render: (_, { institutionCode, scheduleId, slotId }) => (
      <Link
        to={`/desk/trace/${institutionCode}/${encodeURIComponent(scheduleId)}/${encodeURIComponent(slotId)}`}
      >
        {scheduleId} · {slotId}
      </Link>
    ),
  },
  { title: '闭环标签', key: 'tag', render: (_, { tag }) => <SlotTag tag={tag} /> },
  { title: '医院', dataIndex: 'institutionName', key: 'institution' },
  { title: '科室', dataIndex: 'departmentName', key: 'department' },
  {
    title: '医生或门诊',
    key: 'doctor',
    render: (_, { doctorName, doctorTitle, clinicName }) =>
      doctorName ? `${doctorName} ${doctorTitle ?? ''}` : clinicName,
  },
  { title: '类型', key: 'kind', render: (_, { kind }) => SCHEDULE_KINDS[kind] },
  {
    title: '就诊时间',
    key: 'time',
    render: (_, { date, session, start, end }) =>
      `${formatCalendarDate(date)} ${SESSIONS[session]} ${start}–${end}`,
  },
  { title: '用途', key: 'tier', render: (_, { tier }) => TIERS[tier] },
];
