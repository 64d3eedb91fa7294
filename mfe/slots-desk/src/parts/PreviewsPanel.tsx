import { CHANNEL_KINDS } from '@qingpu/contracts/codes/directory-tables';
import { PREVIEW_SERVICES } from '@qingpu/contracts/codes/resident-tables';
import { PREVIEW_STATES } from '@qingpu/contracts/http/residents';
import { formatMoment } from '@qingpu/mfe-kit/format';
import { pageOfQuery } from '@qingpu/mfe-kit/query-state';
import { ALL, Choice, optionsOf, TextFilter } from '@qingpu/mfe-kit/react/filters.tsx';
import { useLive } from '@qingpu/mfe-kit/react/live.tsx';
import { PagedTable } from '@qingpu/mfe-kit/react/PagedTable.tsx';
import { useAct } from '@qingpu/mfe-kit/react/use-act';
import { useLiveLoad } from '@qingpu/mfe-kit/react/use-live-load';
import { useQuery } from '@qingpu/mfe-kit/react/use-query';
import { Button, Select, type TableColumnsType } from 'antd';
import { useId, useState } from 'react';
import type { PreviewItem } from '../data/slots-api.ts';
import { useSlots } from '../data/slots-context.tsx';
import { PersonFinder } from './PersonFinder.tsx';
import { ReasonDialog } from './ReasonDialog.tsx';

const DEFAULTS = { tab: '', channel: '', state: 'granted', page: '1', size: '20' } as const;
const STATES = [...optionsOf(PREVIEW_STATES), { value: 'all', label: '全部' }];

/** Who may try new services first (A5.20–A5.23). */
export function PreviewsPanel() {
  const { api } = useSlots();
  const { lastWrite } = useLive();
  const { query, change } = useQuery(DEFAULTS);
  const [name, setName] = useState('');
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<PreviewItem>();
  const load = useLiveLoad(JSON.stringify([query, name]), (signal) =>
    api.previews(
      {
        page: pageOfQuery(query.page),
        size: Math.min(pageOfQuery(query.size), 100),
        state: query.state,
        ...(query.channel && { channel: query.channel }),
        ...(name && { name }),
        ...(lastWrite.current && { after: lastWrite.current }),
      },
      signal,
    ),
  );
  return (
    <>
      <search className="filters" aria-label="筛选白名单">
        <TextFilter label="用户姓名" placeholder="完整姓名" value={name} onChange={setName} />
        <Choice
          label="渠道"
          value={query.channel}
          options={[ALL, ...optionsOf(CHANNEL_KINDS)]}
          onChange={(channel) => change({ channel })}
        />
        <Choice label="状态" value={query.state} options={STATES} onChange={(state) => change({ state })} />
        <Button type="primary" onClick={() => setAdding(true)}>
          新增白名单
        </Button>
      </search>
      <PagedTable
        label="白名单"
        load={load}
        columns={columnsOf(setRemoving)}
        rowKey={({ personId, channel, service }) => `${personId} ${channel} ${service}`}
        onPage={(page, size) => change({ page: String(page), size: String(size) })}
        emptyText="没有符合条件的用户"
      />
      {adding && <GrantDialog onDone={load.reload} onClose={() => setAdding(false)} />}
      {removing && (
        <RevokeDialog item={removing} onDone={load.reload} onClose={() => setRemoving(undefined)} />
      )}
    </>
  );
}

interface DialogProps {
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function GrantDialog({ onDone, onClose }: DialogProps) {
  const { api } = useSlots();
  const id = useId();
  const [personId, setPersonId] = useState('');
  const [channel, setChannel] = useState('districtPortal');
  const [service, setService] = useState(Object.keys(PREVIEW_SERVICES)[0] ?? '');
  const act = useAct(
    (reason: string, submission) => api.grantPreview({ personId, channel, service, reason }, submission),
    onDone,
  );
  return (
    <ReasonDialog
      title="新增白名单"
      okText="加入白名单"
      consequence="该用户可以在所选渠道提前体验新功能，不影响预约的先后。"
      act={act}
      onClose={onClose}
    >
      <PersonFinder purpose="加入白名单前核对人员" chosen={personId} onChoose={setPersonId} />
      <div className="field">
        <label htmlFor={`${id}-channel`}>渠道</label>
        <Select
          id={`${id}-channel`}
          value={channel}
          options={[...optionsOf(CHANNEL_KINDS)]}
          onChange={setChannel}
        />
      </div>
      <div className="field">
        <label htmlFor={`${id}-service`}>服务</label>
        <Select
          id={`${id}-service`}
          value={service}
          options={[...optionsOf(PREVIEW_SERVICES)]}
          onChange={setService}
        />
      </div>
    </ReasonDialog>
  );
}

function RevokeDialog({ item, onDone, onClose }: DialogProps & { readonly item: PreviewItem }) {
  const { api } = useSlots();
  const act = useAct((reason: string, submission) => api.revokePreview(item, reason, submission), onDone);
  return (
    <ReasonDialog
      title={`移除白名单：${item.personName}`}
      okText="移除"
      consequence="移除后该用户不能再提前体验这项功能，记录保留。"
      act={act}
      onClose={onClose}
    />
  );
}

function columnsOf(onRevoke: (item: PreviewItem) => void): TableColumnsType<PreviewItem> {
  return [
    { title: '用户姓名', dataIndex: 'personName', key: 'name' },
    { title: '手机号', dataIndex: 'mobile', key: 'mobile' },
    { title: '渠道', dataIndex: 'channelName', key: 'channel' },
    { title: '服务', dataIndex: 'serviceName', key: 'service' },
    { title: '状态', dataIndex: 'stateName', key: 'state' },
    { title: '原因', dataIndex: 'reason', key: 'reason' },
    { title: '时间', key: 'at', render: (_, { at }) => formatMoment(at) },
    {
      title: '操作',
      key: 'act',
      render: (_, item) =>
        item.state === 'granted' ? (
          <Button size="small" onClick={() => onRevoke(item)}>
            移除
          </Button>
        ) : null,
    },
  ];
}
