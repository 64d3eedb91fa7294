import { CHANNEL_KINDS } from '@qingpu/contracts/codes/directory-tables';
import { SCHEDULE_KINDS, SESSIONS, TIERS } from '@qingpu/contracts/codes/slot-tables';
import type { SlotLife } from '@qingpu/contracts/http/slots';
import { formatCalendarDate, formatFee, formatMoment } from '@qingpu/mfe-kit/format';
import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { ProblemNote } from '@qingpu/mfe-kit/react/ProblemNote.tsx';
import { UpdateBar } from '@qingpu/mfe-kit/react/UpdateBar.tsx';
import { useLiveLoad } from '@qingpu/mfe-kit/react/use-live-load';
import { Waiting } from '@qingpu/mfe-kit/react/Waiting.tsx';
import { Alert, Descriptions, Table, type TableColumnsType } from 'antd';
import { useParams } from 'react-router';
import { useTrace } from '../data/trace-context.tsx';
import { SlotTag } from '../parts/SlotTag.tsx';

type Step = SlotLife['steps'][number];

const ENDS = new Set(['BookingFulfilled']);
const UNWELCOME = new Set([
  'NoShowReported',
  'SlotFenced',
  'BookingCancelled',
  'BookingUnreported',
  'ScheduleSuspended',
]);

/** The whole life of one slot, from its registration to its end, as the event log has it. */
export default function LifePage() {
  const { institution = '', schedule = '', slot = '' } = useParams();
  const { api } = useTrace();
  const { value, problem, reload } = useLiveLoad(`${institution}/${schedule}/${slot}`, (signal) =>
    api.life({ institution, schedule, slot }, signal),
  );
  if (problem) return <ProblemNote problem={problem} onRetry={reload} />;
  if (!value) return <Waiting />;
  return (
    <>
      <PageTitle
        title={`号源 ${schedule} · ${slot}`}
        note={`${value.slot.institutionName} · ${value.slot.departmentName}`}
        back={{ to: '/desk/trace', text: '返回号源追溯' }}
      >
        <SlotTag tag={value.slot.tag} />
      </PageTitle>
      <UpdateBar onReload={reload} />
      <Facts slot={value.slot} />
      <Picture steps={value.steps} />
      <Steps steps={value.steps} />
      <Proof life={value} />
    </>
  );
}

function Facts({ slot }: { slot: SlotLife['slot'] }) {
  const items = [
    { key: 'kind', label: '门诊类型', children: SCHEDULE_KINDS[slot.kind] },
    {
      key: 'who',
      label: '医生或门诊',
      children: `${slot.doctorName ?? slot.clinicName ?? '—'} ${slot.doctorTitle ?? ''}`,
    },
    {
      key: 'time',
      label: '就诊时间',
      children: `${formatCalendarDate(slot.date)} ${SESSIONS[slot.session]} ${slot.start}–${slot.end}`,
    },
    { key: 'tier', label: '号源用途', children: TIERS[slot.tier] },
    { key: 'fee', label: '挂号费', children: formatFee(slot.feeFen) },
    { key: 'place', label: '地点', children: slot.location },
  ];
  return (
    <section className="panel" aria-label="号源信息">
      <Descriptions size="small" column={3} items={items} />
    </section>
  );
}

/** The same steps as a line from left to right: squares are the schedule's, circles the slot's own. */
function Picture({ steps }: { steps: readonly Step[] }) {
  return (
    <section className="panel" aria-label="号源生命周期图">
      {/* A long life is wider than the page: the keyboard must be able to scroll it. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable region */}
      <section className="life" tabIndex={0} aria-label="号源经过">
        <ol>
          {steps.map((step) => (
            <li key={step.position} className={lookOf(step)}>
              <strong>{step.what}</strong>
              <p>{formatMoment(step.at)}</p>
              {step.booking && <p>{step.booking}</p>}
            </li>
          ))}
        </ol>
      </section>
    </section>
  );
}

function lookOf({ stream, eventType }: Step): string {
  if (ENDS.has(eventType)) return 'end';
  if (UNWELCOME.has(eventType)) return 'unwelcome';
  return stream;
}

const COLUMNS: TableColumnsType<Step> = [
  { title: '时间', key: 'at', render: (_, { at }) => formatMoment(at) },
  { title: '发生了什么', dataIndex: 'what', key: 'what' },
  { title: '预约', key: 'booking', render: (_, { booking }) => booking ?? '—' },
  { title: '由谁', dataIndex: 'actor', key: 'actor' },
  { title: '渠道', key: 'channel', render: (_, { channel }) => (channel ? CHANNEL_KINDS[channel] : '—') },
  { title: '规则版本', key: 'policy', render: (_, { policyVersion }) => policyVersion ?? '—' },
  { title: '说明', key: 'detail', render: (_, { detail }) => detail ?? '—' },
  { title: '日志位置', dataIndex: 'position', key: 'position' },
];

function Steps({ steps }: { steps: readonly Step[] }) {
  return (
    <section className="panel">
      <h2>经过明细</h2>
      <Table<Step>
        aria-label="经过明细"
        size="small"
        rowKey="position"
        columns={COLUMNS}
        dataSource={[...steps]}
        pagination={false}
        scroll={{ x: 'max-content' }}
        locale={{ emptyText: '号源登记后还没有人动过' }}
      />
    </section>
  );
}

function Proof({ life }: { life: SlotLife }) {
  return (
    <section className="panel">
      <h2>完整性证明</h2>
      <Alert
        showIcon
        type={life.explained ? 'success' : 'error'}
        title={
          life.explained
            ? `${life.proof.events} 条记录前后相接，每一步都符合号源规则。`
            : '有一步与前面的记录不相符，请联系平台管理员核查日志。'
        }
      />
      <p className="muted">按顺序对每条事件做 SM3 链式摘要，持有事件日志的任何一方都可以重新计算核对：</p>
      <p className="proof">{life.proof.digest}</p>
    </section>
  );
}
