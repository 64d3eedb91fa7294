import { z } from 'zod';
import { CHANNEL_KINDS, codesOf } from '../../codes/directory-tables.ts';

/*
 * POST <channels>/qingpu/v1/booking-notices: what service channels (服务渠道) tell people of their bookings by text
 * message and the like (预约提醒, F3.09), and what became of a schedule that they offer (F2.03). Notices of one slot come one after the other,
 * so that the channel has an order's `booked` before whatever follows.
 */

/** The one gateway behind which the district's service channels stand, as deliveries name their receiver. */
export const SERVICE_CHANNELS = 'service-channels';

const ofNotice = {
  deliveryId: z.string(),
  institutionCode: z.string(),
  scheduleId: z.string(),
  /** When it happened, ISO 8601 with offset. */
  at: z.string(),
};

/** Where and when; `departmentCode` and `doctorCode` are null where they would tell what somebody suffers from. */
export const noticedVisitSchema = z.strictObject({
  date: z.string(),
  start: z.string(),
  end: z.string(),
  departmentCode: z.string().nullable(),
  doctorCode: z.string().nullable(),
});

const ofVisit = {
  ...ofNotice,
  occasion: z.enum(['booked', 'reminder']),
  orderNumber: z.string(),
  channel: z.enum(codesOf(CHANNEL_KINDS)),
  visit: noticedVisitSchema,
};
const ofEnd = {
  ...ofNotice,
  /** `calledOff`: by the hospital, never counted against anyone. `notConfirmed`: the hospital has not booked it after all. */
  occasion: z.enum(['cancelled', 'calledOff', 'notConfirmed']),
  orderNumber: z.string(),
};
const ofSchedule = {
  ...ofNotice,
  occasion: z.enum(['slotsAdded', 'slotsWithdrawn', 'suspended', 'suspensionRevoked', 'substituted']),
  /** The slots that it touches; none for a substitution, which touches them all. */
  slotIds: z.array(z.string()),
  /** The substitute. */
  doctorCode: z.string().nullable(),
};

/** As it waits to be delivered: the person by id only. */
export const bookingNoticePayloadSchema = z.discriminatedUnion('occasion', [
  z.strictObject({ ...ofVisit, personId: z.uuid() }),
  z.strictObject({ ...ofEnd, personId: z.uuid() }),
  z.strictObject(ofSchedule),
]);
export type BookingNoticePayload = z.infer<typeof bookingNoticePayloadSchema>;

/** Who is told, opened at the moment of delivery: a masked name and where the message goes. */
export const noticedPersonSchema = z.strictObject({ maskedName: z.string(), mobile: z.string().nullable() });

/** As the channels get it. `words`: the sentence to send. */
export const bookingNoticeSchema = z.discriminatedUnion('occasion', [
  z.strictObject({ ...ofVisit, person: noticedPersonSchema, words: z.string() }),
  z.strictObject({ ...ofEnd, person: noticedPersonSchema, words: z.string() }),
  z.strictObject({ ...ofSchedule, words: z.string() }),
]);
export type BookingNotice = z.infer<typeof bookingNoticeSchema>;

/** The gateway's answer; a delivery seen before is answered the same way. */
export const bookingNoticeAnswerSchema = z.object({ deliveryId: z.string(), received: z.literal(true) });

/** Names that the directory has for the codes of a notice, at the moment of delivery. */
export interface NoticeNames {
  readonly institution: string;
  readonly department: string | null;
  readonly doctor: string | null;
}

/** The sentence that a person reads. Without a department and a doctor it tells nobody what the visit is about. */
export function noticeWords(notice: BookingNoticePayload, names: NoticeNames): string {
  switch (notice.occasion) {
    case 'booked':
      return `【${names.institution}】预约成功：${visitWords(notice.visit, names)}。预约单号${notice.orderNumber}。请按时就诊，不能就诊请提前退号。`;
    case 'reminder':
      return `【${names.institution}】就诊提醒：${visitWords(notice.visit, names)}。预约单号${notice.orderNumber}。请携带有效证件按时就诊。`;
    case 'cancelled':
      return `【${names.institution}】预约单${notice.orderNumber}已退号。如仍需就诊，请重新预约。`;
    case 'calledOff':
      return `【${names.institution}】很抱歉，预约单${notice.orderNumber}因医院原因取消，不计爽约。请改约其他号源。`;
    case 'notConfirmed':
      return `【${names.institution}】很抱歉，医院没有确认预约单${notice.orderNumber}，预约没有成立，不计爽约。请重新预约其他号源。`;
    case 'slotsAdded':
      return `【${names.institution}】排班${notice.scheduleId}新增${notice.slotIds.length}个号源。`;
    case 'slotsWithdrawn':
      return `【${names.institution}】排班${notice.scheduleId}撤回${notice.slotIds.length}个号源。`;
    case 'suspended':
      return `【${names.institution}】排班${notice.scheduleId}停诊，涉及${notice.slotIds.length}个号源。`;
    case 'suspensionRevoked':
      return `【${names.institution}】排班${notice.scheduleId}恢复出诊，涉及${notice.slotIds.length}个号源。`;
    case 'substituted':
      return `【${names.institution}】排班${notice.scheduleId}由${names.doctor ?? '其他医生'}替诊，预约继续有效。`;
  }
}

function visitWords(visit: z.infer<typeof noticedVisitSchema>, { department, doctor }: NoticeNames): string {
  const where = [visit.departmentCode && department, visit.doctorCode && doctor].filter(Boolean).join(' ');
  return `${visit.date} ${visit.start}-${visit.end}${where && ` ${where}`}`;
}
