import { CHANNEL_KINDS } from '@qingpu/contracts/codes/directory-tables';
import { OUTCOMES } from '@qingpu/contracts/codes/slot-tables';
import { BOOKING_STATES, type BookingItem } from '@qingpu/contracts/http/slots';
import { dayFromNow } from '@qingpu/mfe-kit/days';
import { formatCalendarDate, formatMoment } from '@qingpu/mfe-kit/format';
import { pageOfQuery, searchOf } from '@qingpu/mfe-kit/query-state';
import { ALL, Choice, DateFilter, optionsOf, TextFilter } from '@qingpu/mfe-kit/react/filters.tsx';
import { useLive } from '@qingpu/mfe-kit/react/live.tsx';
import { PagedTable } from '@qingpu/mfe-kit/react/PagedTable.tsx';
import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { useLiveLoad } from '@qingpu/mfe-kit/react/use-live-load';
import { useQuery } from '@qingpu/mfe-kit/react/use-query';
import type { TableColumnsType } from 'antd';
import { useMemo, useState } from 'react';
import { Link } from 'react-router';
import { useOwnInstitution, useSlots } from '../data/slots-context.tsx';
import { PlaceFilters } from '../parts/PlaceFilters.tsx';

const CHANNELS = [ALL, ...optionsOf(CHANNEL_KINDS)];
const STATES = [ALL, ...optionsOf(BOOKING_STATES)];
const OUTCOME_OPTIONS = [ALL, ...optionsOf(OUTCOMES)];
const NO_FILTERS = {
  institution: '',
  department: '',
  doctor: '',
  channel: '',
  state: '',
  outcome: '',
  order: '',
};
const NOBODY = { patient: '', identity: '', mobile: '' };

/** All appointments with every filter (A5.17, A5.18). What names a patient stays out of the address. */
export default function BookingsPage() {
  const { api } = useSlots();
  const own = useOwnInstitution();
  const { lastWrite } = useLive();
  const defaults = useMemo(
    () => ({ ...NO_FILTERS, from: dayFromNow(0), to: dayFromNow(13), page: '1', size: '20' }),
    [],
  );
  const { query, change } = useQuery(defaults);
  const [patient, setPatient] = useState(NOBODY);
  const named = Object.values(patient).some((text) => text !== '');
  const filters = { ...query, institution: own ?? query.institution };
  const load = useLiveLoad(JSON.stringify([filters, patient]), (signal) => {
    const { page, size, ...rest } = filters;
    const wanted = {
      ...rest,
      page: pageOfQuery(page),
      size: Math.min(pageOfQuery(size), 100),
      after: lastWrite.current,
    };
    return named
      ? api.searchBookings(given({ ...wanted, ...patient }), signal)
      : api.bookings(wanted, signal);
  });
  const namePatient = (changed: Partial<typeof NOBODY>) => {
    setPatient({ ...patient, ...changed });
    change({ page: '1' });
  };
  const { page: _page, size: _size, ...exported } = filters;
  return (
    <>
      <PageTitle title="预约记录" note="本范围内的全部预约，可按渠道、科室、医生、就诊人、单号和日期筛选。">
        <a className="action" href={`/api/slots/desk/bookings/export${searchOf(exported)}`} download>
          导出
        </a>
      </PageTitle>
      <search className="filters" aria-label="筛选">
        <PlaceFilters {...query} onChange={change} />
        <DateFilter label="就诊日期从" value={query.from} onChange={(from) => change({ from })} />
        <DateFilter label="至" value={query.to} onChange={(to) => change({ to })} />
        <Choice
          label="渠道"
          value={query.channel}
          options={CHANNELS}
          onChange={(channel) => change({ channel })}
        />
        <Choice label="状态" value={query.state} options={STATES} onChange={(state) => change({ state })} />
        <Choice
          label="结果"
          value={query.outcome}
          options={OUTCOME_OPTIONS}
          onChange={(outcome) => change({ outcome })}
        />
        <TextFilter
          label="预约单号"
          placeholder="QP 开头的预约单号"
          value={query.order}
          onChange={(order) => change({ order })}
        />
        <TextFilter
          label="就诊人姓名"
          placeholder="完整姓名"
          value={patient.patient}
          onChange={(text) => namePatient({ patient: text })}
        />
        <TextFilter
          label="手机号"
          placeholder="11位手机号"
          value={patient.mobile}
          onChange={(text) => namePatient({ mobile: text })}
        />
        <TextFilter
          label="证件号码"
          placeholder="完整证件号码"
          value={patient.identity}
          onChange={(text) => namePatient({ identity: text })}
        />
      </search>
      <PagedTable
        label="预约记录"
        load={load}
        columns={COLUMNS}
        rowKey={({ bookingId }) => bookingId}
        onPage={(page, size) => change({ page: String(page), size: String(size) })}
        emptyText="没有符合条件的预约，请调整筛选条件或就诊日期"
        onClear={() => {
          setPatient(NOBODY);
          change({ ...NO_FILTERS, from: defaults.from, to: defaults.to });
        }}
      />
    </>
  );
}

/** Without what was left empty. */
function given(values: Readonly<Record<string, string | number | undefined>>): object {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== ''),
  );
}

const COLUMNS: TableColumnsType<BookingItem> = [
  {
    title: '预约单号',
    key: 'order',
    render: (_, { bookingId, orderNumber }) => (
      <Link to={`/desk/appointments/${bookingId}`}>{orderNumber}</Link>
    ),
  },
  { title: '就诊人', dataIndex: 'personName', key: 'person' },
  { title: '医院', dataIndex: 'institutionName', key: 'institution' },
  { title: '科室', dataIndex: 'departmentName', key: 'department' },
  { title: '医生或门诊', key: 'doctor', render: (_, { doctorName, clinicName }) => doctorName ?? clinicName },
  {
    title: '就诊时间',
    key: 'time',
    render: (_, { date, start, end }) => `${formatCalendarDate(date)} ${start}–${end}`,
  },
  { title: '渠道', key: 'channel', render: (_, { channel }) => CHANNEL_KINDS[channel] },
  {
    title: '状态',
    key: 'state',
    render: (_, { state, outcome }) => (outcome === null ? BOOKING_STATES[state] : OUTCOMES[outcome]),
  },
  { title: '预约时间', key: 'bookedAt', render: (_, { bookedAt }) => formatMoment(bookedAt) },
];
