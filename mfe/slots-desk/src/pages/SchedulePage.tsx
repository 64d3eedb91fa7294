import {
  CLOSED_LOOP_TAGS,
  SCHEDULE_KINDS,
  SESSIONS,
  SLOT_STATES,
  SUSPENSION_REASONS,
  TIERS,
} from '@qingpu/contracts/codes/slot-tables';
import { BOOKABILITY, type DeskScheduleDetail } from '@qingpu/contracts/http/slots';
import { formatCalendarDate, formatFee, formatMoment } from '@qingpu/mfe-kit/format';
import { optionsOf } from '@qingpu/mfe-kit/react/filters.tsx';
import { useLive } from '@qingpu/mfe-kit/react/live.tsx';
import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { ProblemNote } from '@qingpu/mfe-kit/react/ProblemNote.tsx';
import { StaleNote } from '@qingpu/mfe-kit/react/StaleNote.tsx';
import { UpdateBar } from '@qingpu/mfe-kit/react/UpdateBar.tsx';
import { useAct } from '@qingpu/mfe-kit/react/use-act';
import { useLiveLoad } from '@qingpu/mfe-kit/react/use-live-load';
import { Waiting } from '@qingpu/mfe-kit/react/Waiting.tsx';
import { Button, Checkbox, Descriptions, Select, Table, type TableColumnsType } from 'antd';
import { useId, useState } from 'react';
import { Link, useParams } from 'react-router';
import { useSlots } from '../data/slots-context.tsx';
import { useChoices } from '../data/use-choices.ts';
import { ReasonDialog } from '../parts/ReasonDialog.tsx';

type Slot = DeskScheduleDetail['slots'][number];
type Asked = 'suspension' | 'substitution' | 'closure' | { readonly revoke: string };

/** One schedule: its slots one by one, what was done to it, and what can be done. */
export default function SchedulePage() {
  const { institution = '', schedule = '' } = useParams();
  const { api } = useSlots();
  const { lastWrite } = useLive();
  const address = { institutionCode: institution, scheduleId: schedule };
  const { value, problem, reload } = useLiveLoad(`${institution}/${schedule}`, (signal) =>
    api.schedule(address, lastWrite.current, signal),
  );
  if (problem) return <ProblemNote problem={problem} onRetry={reload} />;
  if (!value) return <Waiting />;
  const { schedule: found } = value;
  return (
    <>
      <PageTitle
        title={`排班 ${found.scheduleId}`}
        note={`${found.institutionName} · ${found.departmentName} · ${BOOKABILITY[found.bookability]}`}
        back={{ to: '/desk/slots/schedules', text: '返回排班号源' }}
      >
        <Acts detail={value} onDone={reload} />
      </PageTitle>
      <UpdateBar onReload={reload} />
      {value.stale && <StaleNote onReload={reload} />}
      <Facts detail={value} />
      <History detail={value} onDone={reload} />
      <section className="panel">
        <h2>号源</h2>
        <Table<Slot>
          aria-label="号源明细"
          size="small"
          rowKey="slotId"
          columns={columnsOf(value)}
          dataSource={value.slots}
          pagination={{ pageSize: 50, hideOnSinglePage: true }}
          scroll={{ x: 'max-content' }}
        />
      </section>
    </>
  );
}

function Facts({ detail: { schedule, plan } }: { detail: DeskScheduleDetail }) {
  const opening = (tier: keyof typeof TIERS) => {
    const at = plan.opensAt[tier];
    return at ? `${TIERS[tier]} ${formatMoment(at)}` : '';
  };
  const items = [
    {
      key: 'who',
      label: '医生或门诊',
      children: `${schedule.doctorName ?? schedule.clinicName ?? ''} ${schedule.doctorTitle ?? ''}`,
    },
    { key: 'kind', label: '门诊类型', children: SCHEDULE_KINDS[schedule.kind] },
    {
      key: 'time',
      label: '就诊时间',
      children: `${formatCalendarDate(schedule.date)} ${SESSIONS[schedule.session]}`,
    },
    { key: 'place', label: '地点', children: schedule.location },
    { key: 'fee', label: '挂号费', children: formatFee(schedule.feeFen) },
    {
      key: 'counts',
      label: '号源',
      children: `共 ${schedule.total}，已约 ${schedule.booked}，锁号 ${schedule.held}，停诊 ${schedule.fenced}`,
    },
    {
      key: 'opening',
      label: '放号',
      children: (['public', 'community', 'contracted', 'referral'] as const).map(opening).join('；'),
    },
    { key: 'return', label: '未用号源转公众', children: formatMoment(plan.returnsAt) },
    { key: 'rule', label: '规则版本', children: plan.policyVersion },
  ];
  return (
    <section className="panel" aria-label="排班信息">
      <Descriptions size="small" column={3} items={items} />
    </section>
  );
}

function History({ detail, onDone }: { detail: DeskScheduleDetail; onDone: () => void }) {
  const [asked, setAsked] = useState<string>();
  if (detail.suspensions.length === 0 && !detail.substitution) return null;
  return (
    <section className="panel">
      <h2>停诊与替诊</h2>
      <ol className="timeline">
        {detail.suspensions.map((suspension) => (
          <li key={suspension.suspensionId}>
            <strong>
              {suspension.revoked ? '停诊（已撤销）' : '停诊'}
              {suspension.starts ? `：${suspension.starts.join('、')} 起的时段` : '：整个排班'}
            </strong>
            <p className="muted">
              {formatMoment(suspension.at)} · {SUSPENSION_REASONS[suspension.cause]} · {suspension.reason}
            </p>
            {!suspension.revoked && (
              <Button size="small" onClick={() => setAsked(suspension.suspensionId)}>
                撤销停诊
              </Button>
            )}
          </li>
        ))}
        {detail.substitution && (
          <li>
            <strong>替诊：{detail.substitution.doctorName}</strong>
            <p className="muted">
              {formatMoment(detail.substitution.at)} · {detail.substitution.reason}
            </p>
          </li>
        )}
      </ol>
      {asked && (
        <ActDialog
          detail={detail}
          asked={{ revoke: asked }}
          onDone={onDone}
          onClose={() => setAsked(undefined)}
        />
      )}
    </section>
  );
}

function Acts({ detail, onDone }: { detail: DeskScheduleDetail; onDone: () => void }) {
  const { shell } = useSlots();
  const [asked, setAsked] = useState<Asked>();
  if (shell.session?.role === 'coordinator' || detail.schedule.bookability === 'over') return null;
  return (
    <>
      <Button danger onClick={() => setAsked('suspension')}>
        停诊
      </Button>
      {detail.schedule.doctorCode && <Button onClick={() => setAsked('substitution')}>替诊</Button>}
      <Button onClick={() => setAsked('closure')}>关闭预约</Button>
      {asked && (
        <ActDialog detail={detail} asked={asked} onDone={onDone} onClose={() => setAsked(undefined)} />
      )}
    </>
  );
}

interface ActDialogProps {
  readonly detail: DeskScheduleDetail;
  readonly asked: Asked;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function ActDialog({ detail, asked, onDone, onClose }: ActDialogProps) {
  const { api } = useSlots();
  const id = useId();
  const [cause, setCause] = useState('leave');
  const [starts, setStarts] = useState<string[]>([]);
  const [doctorCode, setDoctorCode] = useState('');
  const { institutionCode, scheduleId } = detail.schedule;
  const doctors = useChoices('doctor', asked === 'substitution' ? institutionCode : '');
  const act = useAct(
    (reason: string, submission) =>
      api.changeSchedule(
        { institutionCode, scheduleId },
        pathOf(asked),
        bodyOf(asked, { reason, cause, starts, doctorCode }),
        submission,
      ),
    onDone,
  );
  return (
    <ReasonDialog {...wordsOf(asked)} act={act} onClose={onClose}>
      {(asked === 'suspension' || asked === 'substitution') && (
        <div className="field">
          <label htmlFor={`${id}-cause`}>类别</label>
          <Select
            id={`${id}-cause`}
            value={cause}
            options={[...optionsOf(SUSPENSION_REASONS)]}
            onChange={setCause}
          />
        </div>
      )}
      {asked === 'suspension' && (
        <fieldset className="field">
          <legend>停诊时段（不选为整个排班）</legend>
          <Checkbox.Group
            value={starts}
            options={[...new Set(detail.slots.map(({ start }) => start))]}
            onChange={setStarts}
          />
        </fieldset>
      )}
      {asked === 'substitution' && (
        <div className="field">
          <label htmlFor={`${id}-doctor`}>替诊医生</label>
          <Select
            id={`${id}-doctor`}
            value={doctorCode === '' ? null : doctorCode}
            placeholder="请选择本院医生"
            options={[...doctors]}
            showSearch={{ optionFilterProp: 'label' }}
            onChange={(chosen: string) => setDoctorCode(chosen)}
          />
          <p className="field-help">须为同级别或以上职称的本院医生。</p>
        </div>
      )}
    </ReasonDialog>
  );
}

interface Given {
  readonly reason: string;
  readonly cause: string;
  readonly starts: readonly string[];
  readonly doctorCode: string;
}

function pathOf(asked: Asked): string {
  if (typeof asked === 'object') return `suspensions/${asked.revoke}/revocation`;
  return { suspension: 'suspensions', substitution: 'substitutions', closure: 'closure' }[asked];
}

function bodyOf(asked: Asked, { reason, cause, starts, doctorCode }: Given): unknown {
  if (asked === 'suspension') return { reason, cause, starts: starts.length > 0 ? [...starts].sort() : null };
  return asked === 'substitution' ? { reason, cause, doctorCode } : { reason };
}

function wordsOf(asked: Asked) {
  if (asked === 'suspension')
    return {
      title: '停诊',
      okText: '确认停诊',
      danger: true,
      consequence:
        '停诊后，所选时段的预约将由医院取消（不计爽约）并通知患者改约，同时自动发布停诊公告；可以撤销。',
    };
  if (asked === 'substitution')
    return {
      title: '替诊',
      okText: '确认替诊',
      consequence: '已约患者保留预约并收到替诊通知，可以免责退号；系统自动发布替诊公告。',
    };
  if (asked === 'closure')
    return {
      title: '关闭预约',
      okText: '确认关闭',
      danger: true,
      consequence: '关闭后不再接受新的预约，已有预约不受影响；不能重新打开。',
    };
  return {
    title: '撤销停诊',
    okText: '撤销停诊',
    consequence: '撤销后号源恢复可约；已取消的预约不会自动恢复。',
  };
}

function columnsOf({ schedule }: DeskScheduleDetail): TableColumnsType<Slot> {
  return [
    {
      title: '号源',
      key: 'slot',
      render: (_, { slotId }) => (
        <Link
          to={`/desk/trace/${schedule.institutionCode}/${encodeURIComponent(schedule.scheduleId)}/${encodeURIComponent(slotId)}`}
        >
          {slotId}
        </Link>
      ),
    },
    { title: '时段', key: 'time', render: (_, { start, end }) => `${start}–${end}` },
    { title: '用途', key: 'tier', render: (_, { tier }) => TIERS[tier] },
    { title: '状态', key: 'state', render: (_, { state }) => SLOT_STATES[state] },
    { title: '闭环标签', key: 'tag', render: (_, { tag }) => CLOSED_LOOP_TAGS[tag] },
    {
      title: '预约',
      key: 'booking',
      render: (_, { bookingId }) =>
        bookingId ? <Link to={`/desk/appointments/${bookingId}`}>查看预约</Link> : '—',
    },
  ];
}
