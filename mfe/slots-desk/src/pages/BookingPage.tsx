import { CHANNEL_KINDS } from '@qingpu/contracts/codes/directory-tables';
import { PAYMENT_STATES } from '@qingpu/contracts/codes/payment-tables';
import { MODIFIERS, OUTCOMES, SCHEDULE_KINDS, SESSIONS } from '@qingpu/contracts/codes/slot-tables';
import { BOOKING_STATES, type BookingDetail, type BookingItem } from '@qingpu/contracts/http/slots';
import { formatCalendarDate, formatDeadline, formatFee } from '@qingpu/mfe-kit/format';
import { useLive } from '@qingpu/mfe-kit/react/live.tsx';
import { PageTitle } from '@qingpu/mfe-kit/react/PageTitle.tsx';
import { ProblemNote } from '@qingpu/mfe-kit/react/ProblemNote.tsx';
import { UpdateBar } from '@qingpu/mfe-kit/react/UpdateBar.tsx';
import { useAct } from '@qingpu/mfe-kit/react/use-act';
import { useLiveLoad } from '@qingpu/mfe-kit/react/use-live-load';
import { Waiting } from '@qingpu/mfe-kit/react/Waiting.tsx';
import { Button, Descriptions, Select } from 'antd';
import { useId, useState } from 'react';
import { Link, useParams } from 'react-router';
import { useSlots } from '../data/slots-context.tsx';
import { ReasonDialog } from '../parts/ReasonDialog.tsx';
import { Timeline } from '../parts/Timeline.tsx';

/** One appointment with all that happened to it, and what the desk can do (A5.18, A5.19). */
export default function BookingPage() {
  const { id = '' } = useParams();
  const { api } = useSlots();
  const { lastWrite } = useLive();
  const { value, problem, reload } = useLiveLoad(id, (signal) => api.booking(id, lastWrite.current, signal));
  if (problem) return <ProblemNote problem={problem} onRetry={reload} />;
  if (!value) return <Waiting />;
  const { booking } = value;
  const state = booking.outcome === null ? BOOKING_STATES[booking.state] : OUTCOMES[booking.outcome];
  return (
    <>
      <PageTitle
        title={`预约单 ${booking.orderNumber}`}
        note={`${booking.institutionName} · ${booking.departmentName} · ${state}`}
        back={{ to: '/desk/appointments', text: '返回预约记录' }}
      >
        <Acts detail={value} onDone={reload} />
      </PageTitle>
      <UpdateBar onReload={reload} />
      <Facts detail={value} />
      <Timeline steps={value.timeline} />
    </>
  );
}

function Facts({ detail }: { detail: BookingDetail }) {
  const { booking } = detail;
  const items = [
    { key: 'person', label: '就诊人', children: booking.personName },
    {
      key: 'who',
      label: '医生或门诊',
      children: `${booking.doctorName ?? booking.clinicName ?? ''} ${booking.doctorTitle ?? ''}`,
    },
    { key: 'kind', label: '门诊类型', children: SCHEDULE_KINDS[booking.kind] },
    {
      key: 'time',
      label: '就诊时间',
      children: `${formatCalendarDate(booking.date)} ${SESSIONS[booking.session]} ${booking.start}–${booking.end}`,
    },
    { key: 'place', label: '地点', children: booking.location },
    { key: 'fee', label: '挂号费', children: <Fee booking={booking} /> },
    { key: 'channel', label: '渠道', children: CHANNEL_KINDS[booking.channel] },
    { key: 'registration', label: '挂号单号', children: detail.registrationNumber ?? '—' },
    {
      key: 'modifiers',
      label: '备注',
      children: booking.modifiers.map((each) => MODIFIERS[each]).join('、') || '—',
    },
    { key: 'cancelBy', label: '免责退号截止', children: formatDeadline(detail.cancelBy) },
    { key: 'rule', label: '规则版本', children: detail.policyVersion },
    {
      key: 'slot',
      label: '号源',
      children: (
        <Link
          to={`/desk/trace/${booking.institutionCode}/${encodeURIComponent(booking.scheduleId)}/${encodeURIComponent(booking.slotId)}`}
        >
          {booking.scheduleId} · {booking.slotId}
        </Link>
      ),
    },
  ];
  return (
    <section className="panel" aria-label="预约信息">
      <Descriptions size="small" column={3} items={items} />
    </section>
  );
}

/** The fee, and where its payment stands; only administrators may look into the payment. */
function Fee({ booking: { feeFen, payment } }: { booking: BookingItem }) {
  const role = useSlots().shell.session?.role;
  if (!payment) return formatFee(feeFen);
  const words = PAYMENT_STATES[payment.state];
  const mayLook = role === 'districtAdmin' || role === 'hospitalAdmin';
  return (
    <span className="words-and-link">
      {formatFee(feeFen)} ·{' '}
      {mayLook ? <Link to={`/desk/payments/${payment.paymentId}`}>{words}</Link> : words}
    </span>
  );
}

type Asked = 'cancellation' | 'registration-cancellation' | 'outcome';

function Acts({ detail, onDone }: { detail: BookingDetail; onDone: () => void }) {
  const [asked, setAsked] = useState<Asked>();
  const over = detail.booking.outcome !== null;
  const registered = detail.registrationNumber !== null;
  return (
    <>
      {!over && (
        <Button danger onClick={() => setAsked(registered ? 'registration-cancellation' : 'cancellation')}>
          {registered ? '退号' : '取消预约'}
        </Button>
      )}
      <Button onClick={() => setAsked('outcome')}>{over ? '更正结果' : '登记结果'}</Button>
      {asked && (
        <ActDialog asked={asked} detail={detail} onDone={onDone} onClose={() => setAsked(undefined)} />
      )}
    </>
  );
}

interface ActDialogProps {
  readonly asked: Asked;
  readonly detail: BookingDetail;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

function ActDialog({ asked, detail, onDone, onClose }: ActDialogProps) {
  const { api } = useSlots();
  const id = useId();
  const [outcome, setOutcome] = useState<'fulfilled' | 'noShow'>('fulfilled');
  const act = useAct(
    (reason: string, submission) =>
      api.actOnBooking(
        detail.booking.bookingId,
        asked,
        asked === 'outcome' ? { reason, outcome } : { reason },
        submission,
      ),
    onDone,
  );
  if (asked === 'registration-cancellation')
    return (
      <ReasonDialog
        title="退号"
        okText="确认退号"
        danger
        consequence={`将代患者取消这次挂号，号源退回号源池，患者会收到通知，不能恢复。${refundWords(detail.booking)}`}
        act={act}
        onClose={onClose}
      />
    );
  if (asked === 'cancellation')
    return (
      <ReasonDialog
        title="取消预约"
        okText="确认取消"
        danger
        consequence="将代患者取消这次预约，号源退回号源池，患者会收到通知；不能恢复，需要就诊须重新预约。"
        act={act}
        onClose={onClose}
      />
    );
  return (
    <ReasonDialog
      title="登记就诊结果"
      okText="登记"
      consequence="就诊结果会计入患者的预约信用；登记错误可以在更正期内更正，每次更正都会留痕。"
      act={act}
      onClose={onClose}
    >
      <div className="field">
        <label htmlFor={id}>结果</label>
        <Select
          id={id}
          value={outcome}
          options={[
            { value: 'fulfilled', label: OUTCOMES.fulfilled },
            { value: 'noShow', label: OUTCOMES.noShow },
          ]}
          onChange={setOutcome}
        />
      </div>
    </ReasonDialog>
  );
}

/** What becomes of the fee when the registration is given back. */
function refundWords({ payment }: BookingItem): string {
  return payment?.state === 'paid'
    ? `已支付的 ${formatFee(payment.amountFen)} 会自动原路退回。`
    : '没有线上支付的费用需要退回。';
}
