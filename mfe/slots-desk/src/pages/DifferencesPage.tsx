import { dayFromNow } from '@qingpu/mfe-kit/days';
import { formatCalendarDate } from '@qingpu/mfe-kit/format';
import { pageOfQuery } from '@qingpu/mfe-kit/query-state';
import { ALL, Choice, DateFilter } from '@qingpu/mfe-kit/react/filters.tsx';
import { useLive } from '@qingpu/mfe-kit/react/live.tsx';
import { PagedTable } from '@qingpu/mfe-kit/react/PagedTable.tsx';
import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { useAct } from '@qingpu/mfe-kit/react/use-act';
import { useInstitutions } from '@qingpu/mfe-kit/react/use-institutions';
import { useLiveLoad } from '@qingpu/mfe-kit/react/use-live-load';
import { useQuery } from '@qingpu/mfe-kit/react/use-query';
import { Button, Select, type TableColumnsType } from 'antd';
import { useId, useMemo, useState } from 'react';
import type { Difference } from '../data/slots-api.ts';
import { useOwnInstitution, useSlots } from '../data/slots-context.tsx';
import { ReasonDialog } from '../parts/ReasonDialog.tsx';

const KIND_WORDS = {
  missingAtHospital: '医院没有',
  missingAtPlatform: '平台没有',
  otherState: '状态不同',
  otherSlot: '号源不同',
} as const;
const RESOLUTION_WORDS = {
  platformRight: '以平台为准',
  hospitalRight: '以医院为准',
  explained: '已说明',
} as const;
const RESOLUTIONS = Object.entries(RESOLUTION_WORDS).map(([value, label]) => ({ value, label }));
const STATES = [
  { value: 'open', label: '待处理' },
  { value: 'settled', label: '已处理' },
  { value: 'all', label: '全部' },
];

/** Orders that the hospital landed otherwise than the platform has them (F1.20), and how each was settled. */
export default function DifferencesPage() {
  const { api, directory } = useSlots();
  const own = useOwnInstitution();
  const { lastWrite } = useLive();
  const defaults = useMemo(
    () => ({
      institution: '',
      from: dayFromNow(-6),
      to: dayFromNow(1),
      state: 'open',
      page: '1',
      size: '20',
    }),
    [],
  );
  const { query, change } = useQuery(defaults);
  const institutions = useInstitutions(directory);
  const [settling, setSettling] = useState<Difference>();
  const load = useLiveLoad(JSON.stringify([query, own]), (signal) =>
    api.differences(
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
      <PageTitle title="落地差异" note="医院上传的预约单与平台不一致之处，逐单核对处理。" />
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
        <DateFilter label="就诊日期从" value={query.from} onChange={(from) => change({ from })} />
        <DateFilter label="至" value={query.to} onChange={(to) => change({ to })} />
        <Choice label="状态" value={query.state} options={STATES} onChange={(state) => change({ state })} />
      </search>
      <PagedTable
        label="落地差异"
        load={load}
        columns={columnsOf(setSettling)}
        rowKey={({ institutionCode, date, orderNumber }) => `${institutionCode} ${date} ${orderNumber}`}
        onPage={(page, size) => change({ page: String(page), size: String(size) })}
        emptyText="没有差异：医院上传的预约单与平台一致，或尚未上传"
      />
      {settling && (
        <SettleDialog difference={settling} onDone={load.reload} onClose={() => setSettling(undefined)} />
      )}
    </>
  );
}

interface SettleDialogProps {
  readonly difference: Difference;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function SettleDialog({ difference, onDone, onClose }: SettleDialogProps) {
  const { api } = useSlots();
  const id = useId();
  const [resolution, setResolution] = useState('explained');
  const { institutionCode, date, orderNumber } = difference;
  const act = useAct(
    (reason: string, submission) =>
      api.settle({ institutionCode, date, orderNumber, resolution, reason }, submission),
    onDone,
  );
  return (
    <ReasonDialog
      title={`处理差异：${orderNumber}`}
      okText="处理"
      consequence="处理结果和原因会留痕；以医院为准的，请同时在预约记录中更正。"
      act={act}
      onClose={onClose}
    >
      <div className="field">
        <label htmlFor={id}>处理结果</label>
        <Select id={id} value={resolution} options={RESOLUTIONS} onChange={setResolution} />
      </div>
    </ReasonDialog>
  );
}

function columnsOf(onSettle: (difference: Difference) => void): TableColumnsType<Difference> {
  return [
    { title: '预约单号', dataIndex: 'orderNumber', key: 'order' },
    { title: '医院', dataIndex: 'institutionName', key: 'institution' },
    { title: '就诊日期', key: 'date', render: (_, { date }) => formatCalendarDate(date) },
    { title: '差异', key: 'kind', render: (_, { kind }) => KIND_WORDS[kind] },
    { title: '平台', key: 'platform', render: (_, { platform }) => platform ?? '—' },
    { title: '医院', key: 'hospital', render: (_, { hospital }) => hospital ?? '—' },
    {
      title: '处理',
      key: 'resolution',
      render: (_, { resolution, reason }) =>
        resolution ? `${RESOLUTION_WORDS[resolution]}：${reason ?? ''}` : '待处理',
    },
    {
      title: '操作',
      key: 'act',
      render: (_, difference) =>
        difference.state === 'open' ? (
          <Button size="small" onClick={() => onSettle(difference)}>
            处理
          </Button>
        ) : null,
    },
  ];
}
