import { BLOCK_KINDS } from '@qingpu/contracts/codes/slot-tables';
import { formatCalendarDate } from '@qingpu/mfe-kit/format';
import { pageOfQuery } from '@qingpu/mfe-kit/query-state';
import { ALL, Choice, optionsOf, TextFilter } from '@qingpu/mfe-kit/react/filters.tsx';
import { useLive } from '@qingpu/mfe-kit/react/live.tsx';
import { PagedTable } from '@qingpu/mfe-kit/react/PagedTable.tsx';
import { useAct } from '@qingpu/mfe-kit/react/use-act';
import { useLiveLoad } from '@qingpu/mfe-kit/react/use-live-load';
import { useQuery } from '@qingpu/mfe-kit/react/use-query';
import { Button, Input, Select, type TableColumnsType } from 'antd';
import { useId, useState } from 'react';
import type { Block } from '../data/slots-api.ts';
import { useOwnInstitution, useSlots } from '../data/slots-context.tsx';
import { PersonFinder } from './PersonFinder.tsx';
import { ReasonDialog } from './ReasonDialog.tsx';

const DEFAULTS = { tab: '', kind: '', state: 'inForce', page: '1', size: '20' } as const;
const STATE_WORDS = { inForce: '生效中', over: '已到期', lifted: '已移除' } as const;
const STATES = [...optionsOf(STATE_WORDS), { value: 'all', label: '全部' }];

/** Who may not book, why and until when (A5.24–A5.27). Names stay out of the address. */
export function BlocksPanel() {
  const { api } = useSlots();
  const { lastWrite } = useLive();
  const { query, change } = useQuery(DEFAULTS);
  const [patient, setPatient] = useState('');
  const [mobile, setMobile] = useState('');
  const [adding, setAdding] = useState(false);
  const [lifting, setLifting] = useState<Block>();
  const load = useLiveLoad(JSON.stringify([query, patient, mobile]), (signal) =>
    api.blocks(
      {
        page: pageOfQuery(query.page),
        size: Math.min(pageOfQuery(query.size), 100),
        state: query.state,
        ...(query.kind && { kind: query.kind }),
        ...(patient && { patient }),
        ...(mobile && { mobile }),
        ...(lastWrite.current && { after: lastWrite.current }),
      },
      signal,
    ),
  );
  return (
    <>
      <search className="filters" aria-label="筛选黑名单">
        <TextFilter label="姓名" placeholder="完整姓名" value={patient} onChange={setPatient} />
        <TextFilter label="手机号" placeholder="11位手机号" value={mobile} onChange={setMobile} />
        <Choice
          label="禁用类型"
          value={query.kind}
          options={[ALL, ...optionsOf(BLOCK_KINDS)]}
          onChange={(kind) => change({ kind })}
        />
        <Choice label="状态" value={query.state} options={STATES} onChange={(state) => change({ state })} />
        <Button type="primary" onClick={() => setAdding(true)}>
          新增黑名单
        </Button>
      </search>
      <PagedTable
        label="黑名单"
        load={load}
        columns={columnsOf(setLifting)}
        rowKey={({ blockId }) => blockId}
        onPage={(page, size) => change({ page: String(page), size: String(size) })}
        emptyText="没有符合条件的人员"
      />
      {adding && <BlockDialog onDone={load.reload} onClose={() => setAdding(false)} />}
      {lifting && <LiftDialog block={lifting} onDone={load.reload} onClose={() => setLifting(undefined)} />}
    </>
  );
}

interface DialogProps {
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function BlockDialog({ onDone, onClose }: DialogProps) {
  const { api } = useSlots();
  const own = useOwnInstitution();
  const id = useId();
  const [personId, setPersonId] = useState('');
  const [kind, setKind] = useState('scalping');
  const [until, setUntil] = useState('');
  const act = useAct(
    (reason: string, submission) =>
      api.block({ personId, kind, reason, scope: own ?? 'district', until: until || null }, submission),
    onDone,
  );
  return (
    <ReasonDialog
      title="新增黑名单"
      okText="加入黑名单"
      danger
      consequence={`该人员将不能${own ? '在本院' : '在全区'}网上预约；现场挂号和急诊不受影响，本人可以申诉。`}
      act={act}
      onClose={onClose}
    >
      <PersonFinder purpose="加入黑名单前核对人员" chosen={personId} onChoose={setPersonId} />
      <div className="field">
        <label htmlFor={`${id}-kind`}>禁用类型</label>
        <Select id={`${id}-kind`} value={kind} options={[...optionsOf(BLOCK_KINDS)]} onChange={setKind} />
      </div>
      <div className="field">
        <label htmlFor={`${id}-until`}>解禁日期</label>
        <Input
          id={`${id}-until`}
          type="date"
          value={until}
          onChange={(event) => setUntil(event.target.value)}
        />
        <p className="field-help">不填则一直有效，直到移除。</p>
      </div>
    </ReasonDialog>
  );
}

function LiftDialog({ block, onDone, onClose }: DialogProps & { readonly block: Block }) {
  const { api } = useSlots();
  const act = useAct((reason: string, submission) => api.lift(block.blockId, reason, submission), onDone);
  return (
    <ReasonDialog
      title={`移除黑名单：${block.personName}`}
      okText="移除"
      consequence="移除后该人员可以恢复网上预约，记录保留。"
      act={act}
      onClose={onClose}
    />
  );
}

function columnsOf(onLift: (block: Block) => void): TableColumnsType<Block> {
  return [
    { title: '姓名', dataIndex: 'personName', key: 'name' },
    { title: '手机号', dataIndex: 'mobile', key: 'mobile' },
    { title: '身份证号', dataIndex: 'identityNumber', key: 'identity' },
    { title: '禁用类型', key: 'kind', render: (_, { kind }) => BLOCK_KINDS[kind] },
    { title: '禁用原因', dataIndex: 'reason', key: 'reason' },
    { title: '来源', dataIndex: 'sourceName', key: 'source' },
    { title: '范围', dataIndex: 'scopeName', key: 'scope' },
    { title: '禁用时间', key: 'from', render: (_, { from }) => formatCalendarDate(from) },
    {
      title: '解禁时间',
      key: 'until',
      render: (_, { until }) => (until ? formatCalendarDate(until) : '移除前有效'),
    },
    { title: '状态', key: 'state', render: (_, { state }) => STATE_WORDS[state] },
    {
      title: '操作',
      key: 'act',
      render: (_, block) =>
        block.state === 'inForce' ? (
          <Button size="small" onClick={() => onLift(block)}>
            移除
          </Button>
        ) : null,
    },
  ];
}
