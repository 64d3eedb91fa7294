import { ANNOUNCEMENT_KINDS } from '@qingpu/contracts/codes/slot-tables';
import { type Announcement, announceSchema } from '@qingpu/contracts/http/slots';
import { formatMoment } from '@qingpu/mfe-kit/format';
import { pageOfQuery } from '@qingpu/mfe-kit/query-state';
import { ALL, Choice, optionsOf } from '@qingpu/mfe-kit/react/filters.tsx';
import { useLive } from '@qingpu/mfe-kit/react/live.tsx';
import { PagedTable } from '@qingpu/mfe-kit/react/PagedTable.tsx';
import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { ProblemNote } from '@qingpu/mfe-kit/react/ProblemNote.tsx';
import { useAct } from '@qingpu/mfe-kit/react/use-act';
import { useLiveLoad } from '@qingpu/mfe-kit/react/use-live-load';
import { useQuery } from '@qingpu/mfe-kit/react/use-query';
import { faultsOf } from '@qingpu/mfe-kit/schema';
import { Button, Input, Modal, Select, type TableColumnsType } from 'antd';
import { useId, useState } from 'react';
import { useOwnInstitution, useSlots } from '../data/slots-context.tsx';
import { ReasonDialog } from '../parts/ReasonDialog.tsx';

const DEFAULTS = { kind: '', page: '1', size: '20' } as const;
const STATE_WORDS = { shown: '展示中', later: '待展示', past: '已到期', withdrawn: '已撤下' } as const;

/** What residents are told about booking: written here, and by the system for suspensions and substitutions (F3.08). */
export default function AnnouncementsPage() {
  const { api } = useSlots();
  const own = useOwnInstitution();
  const { lastWrite } = useLive();
  const { query, change } = useQuery(DEFAULTS);
  const [editing, setEditing] = useState<Announcement | 'new'>();
  const [withdrawing, setWithdrawing] = useState<Announcement>();
  const load = useLiveLoad(JSON.stringify([query, own]), (signal) =>
    api.announcements(
      {
        all: 'true',
        kind: query.kind,
        institution: own,
        page: pageOfQuery(query.page),
        size: Math.min(pageOfQuery(query.size), 100),
        after: lastWrite.current,
      },
      signal,
    ),
  );
  return (
    <>
      <PageTitle title="预约公告" note="居民在预约首页看到的公告；停诊、替诊公告由系统自动发布和撤下。">
        <Button type="primary" onClick={() => setEditing('new')}>
          发布公告
        </Button>
      </PageTitle>
      <search className="filters" aria-label="筛选">
        <Choice
          label="类型"
          value={query.kind}
          options={[ALL, ...optionsOf(ANNOUNCEMENT_KINDS)]}
          onChange={(kind) => change({ kind })}
        />
      </search>
      <PagedTable
        label="预约公告"
        load={load}
        columns={columnsOf(setEditing, setWithdrawing)}
        rowKey={({ announcementId }) => announcementId}
        onPage={(page, size) => change({ page: String(page), size: String(size) })}
        emptyText="还没有公告"
      />
      {editing && (
        <Editor announcement={editing} onDone={load.reload} onClose={() => setEditing(undefined)} />
      )}
      {withdrawing && (
        <WithdrawDialog
          announcement={withdrawing}
          onDone={load.reload}
          onClose={() => setWithdrawing(undefined)}
        />
      )}
    </>
  );
}

interface EditorProps {
  readonly announcement: Announcement | 'new';
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function Editor({ announcement, onDone, onClose }: EditorProps) {
  const { api } = useSlots();
  const own = useOwnInstitution();
  const id = useId();
  const known = announcement === 'new' ? undefined : announcement;
  const [kind, setKind] = useState(known?.kind === 'policy' ? 'policy' : 'notice');
  const [title, setTitle] = useState(known?.title ?? '');
  const [body, setBody] = useState(known?.body ?? '');
  const [faults, setFaults] = useState<Readonly<Record<string, string>>>({});
  const text = {
    kind,
    title,
    body,
    institutionCode: own ?? known?.institutionCode ?? null,
    shownFrom: known?.shownFrom ?? null,
    shownUntil: known?.shownUntil ?? null,
  };
  const act = useAct(
    (wanted: typeof text, submission) =>
      known
        ? api.revise(known.announcementId, wanted, known.revision, submission)
        : api.announce(wanted, submission),
    onDone,
  );
  const submit = async () => {
    const found = faultsOf(announceSchema, text);
    setFaults(found);
    if (Object.keys(found).length === 0 && (await act.run(text))) onClose();
  };
  return (
    <Modal
      open
      title={known ? '修改公告' : '发布公告'}
      okText={known ? '保存' : '发布'}
      cancelText="取消"
      confirmLoading={act.busy}
      onOk={() => void submit()}
      onCancel={onClose}
    >
      {act.problem && <ProblemNote problem={act.problem} />}
      <div className="field">
        <label htmlFor={`${id}-kind`}>类型</label>
        <Select
          id={`${id}-kind`}
          value={kind}
          options={[
            { value: 'notice', label: ANNOUNCEMENT_KINDS.notice },
            { value: 'policy', label: ANNOUNCEMENT_KINDS.policy },
          ]}
          onChange={setKind}
        />
      </div>
      <div className="field">
        <label htmlFor={`${id}-title`}>标题</label>
        <Input
          id={`${id}-title`}
          value={title}
          maxLength={60}
          onChange={(event) => setTitle(event.target.value)}
        />
        <p className="field-error" role={faults['/title'] ? 'alert' : undefined}>
          {faults['/title']}
        </p>
      </div>
      <div className="field">
        <label htmlFor={`${id}-body`}>内容</label>
        <Input.TextArea
          id={`${id}-body`}
          rows={6}
          value={body}
          maxLength={2000}
          onChange={(event) => setBody(event.target.value)}
        />
        <p className="field-error" role={faults['/body'] ? 'alert' : undefined}>
          {faults['/body']}
        </p>
      </div>
    </Modal>
  );
}

interface WithdrawDialogProps {
  readonly announcement: Announcement;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function WithdrawDialog({ announcement, onDone, onClose }: WithdrawDialogProps) {
  const { api } = useSlots();
  const act = useAct(
    (reason: string, submission) => api.withdraw(announcement.announcementId, reason, submission),
    onDone,
  );
  return (
    <ReasonDialog
      title={`撤下公告：${announcement.title}`}
      okText="撤下"
      consequence="撤下后居民不再看到这条公告，记录保留。"
      act={act}
      onClose={onClose}
    />
  );
}

function columnsOf(
  onEdit: (announcement: Announcement) => void,
  onWithdraw: (announcement: Announcement) => void,
): TableColumnsType<Announcement> {
  return [
    { title: '标题', dataIndex: 'title', key: 'title' },
    { title: '类型', key: 'kind', render: (_, { kind }) => ANNOUNCEMENT_KINDS[kind] },
    { title: '范围', key: 'institution', render: (_, { institutionName }) => institutionName ?? '全区' },
    { title: '发布时间', key: 'at', render: (_, { publishedAt }) => formatMoment(publishedAt) },
    { title: '状态', key: 'state', render: (_, { state }) => STATE_WORDS[state] },
    {
      title: '操作',
      key: 'act',
      render: (_, announcement) =>
        announcement.state === 'withdrawn' ? null : (
          <span className="page-actions">
            {(announcement.kind === 'notice' || announcement.kind === 'policy') && (
              <Button size="small" onClick={() => onEdit(announcement)}>
                修改
              </Button>
            )}
            <Button size="small" onClick={() => onWithdraw(announcement)}>
              撤下
            </Button>
          </span>
        ),
    },
  ];
}
