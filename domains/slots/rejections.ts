import { DOCTOR_TITLES, type DoctorTitle } from '@qingpu/contracts/codes/directory-tables';
import { OUTCOMES, type Outcome } from '@qingpu/contracts/codes/slot-tables';
import { Rejection, type RejectionStatus } from '@qingpu/domains-kernel/rejection';

const says = (status: RejectionStatus, code: string, advice: string) => () =>
  new Rejection({ code, status, advice });

/* ---- schedules ---- */

export const scheduleUnknown = says(404, 'schedule-unknown', '没有找到该排班，请核对机构代码和排班编号');

export const scheduleReleased = says(
  409,
  'schedule-released',
  '该排班已开放预约，不能再修改；可新增或撤回号源，或办理停诊、替诊',
);

export const scheduleClosed = says(
  409,
  'schedule-closed',
  '该排班已关闭预约，请选择其他排班或到医院窗口咨询',
);

export const scheduleSuspended = says(409, 'schedule-suspended', '该排班已停诊，请先撤销停诊再办理');

export const scheduleSubstituted = says(
  409,
  'schedule-substituted',
  '该排班已登记替诊，不能再修改；请停诊后用新的排班编号重新登记',
);

export const scheduleOver = says(409, 'schedule-over', '该排班的就诊时间已过，不能再办理');

export const scheduleInPast = says(422, 'schedule-in-past', '排班的就诊时间已过，请核对日期和时段后重新提交');

export const institutionUnknown = says(
  409,
  'institution-not-registered',
  '所属医疗机构尚未登记或已停用，请先登记医疗机构',
);

export const departmentUnknown = (code: string) =>
  new Rejection({
    code: 'department-not-registered',
    status: 409,
    advice: `科室 ${code} 尚未登记或已停用，请先登记该科室`,
  });

export const clinicUnknown = (code: string) =>
  new Rejection({
    code: 'clinic-not-registered',
    status: 409,
    advice: `门诊 ${code} 尚未登记或已停用，请先登记该门诊`,
  });

export const doctorUnknown = (code: string) =>
  new Rejection({
    code: 'doctor-not-registered',
    status: 409,
    advice: `医生 ${code} 尚未登记或已停用，请先登记该医生`,
  });

export const intervalTooLong = (minutes: number) =>
  new Rejection({
    code: 'interval-too-long',
    status: 422,
    advice: `就诊时段不得长于备案规则的${minutes}分钟，请把时段划分后重新提交`,
  });

export const intervalsOverlap = says(
  409,
  'intervals-overlap',
  '新增时段与已有时段重叠；请使用相同的起止时间，或避开已有时段',
);

export const intervalUnknown = (start: string) =>
  new Rejection({
    code: 'interval-unknown',
    status: 404,
    advice: `该排班没有 ${start} 开始的时段，请刷新后重新选择`,
  });

export const intervalOver = says(409, 'interval-over', '该时段已过，请选择其他时段');

export const slotIdTaken = (slotId: string) =>
  new Rejection({
    code: 'slot-id-taken',
    status: 409,
    advice: `号源编号 ${slotId} 已使用过，请换用新的编号`,
  });

export const scheduleTooLarge = says(
  422,
  'schedule-too-large',
  '每个排班最多500个号源、96个时段，每个时段最多100个号源，请减少后重新提交',
);

export const suspensionUnknown = says(404, 'suspension-unknown', '没有找到该停诊记录，请刷新页面核对后重试');

export const nobodyToSubstitute = says(
  409,
  'no-doctor-to-substitute',
  '该排班没有指定医生，不需要替诊；如不能开诊请办理停诊',
);

export const sameDoctor = says(409, 'substitute-is-same-doctor', '替诊医生与出诊医生相同，请选择另一位医生');

export const titleTooLow = (title: DoctorTitle) =>
  new Rejection({
    code: 'substitute-title-too-low',
    status: 409,
    advice: `替诊医生须为${DOCTOR_TITLES[title]}或以上职称，请另选医生或办理停诊`,
  });

export const notYetDue = says(409, 'not-yet-due', '计划时间未到，请到时间后再记录');

/* ---- slots and bookings ---- */

export const scheduleNotOpen = (opensAt: string) =>
  new Rejection({
    code: 'schedule-not-open',
    status: 409,
    advice: `尚未放号，请于${opensAt.slice(0, 10)} ${opensAt.slice(11, 16)}开始预约`,
  });

export const slotsWithheld = says(
  409,
  'slots-withheld',
  '该医院与平台的接口正在核验，暂停放号，请稍后再试或到医院窗口挂号；已经预约的不受影响',
);

export const allotmentUsed = says(
  409,
  'allotment-used',
  '本渠道在该排班的号源配额已用完，请选择其他排班，或改用区级门户预约',
);

export const channelWithheld = says(
  409,
  'channel-withheld',
  '区级平台暂不向本渠道提供该医院的号源，请改用区级门户或到医院窗口预约',
);

export const slotUnknown = (slotId: string) =>
  new Rejection({
    code: 'slot-unknown',
    status: 404,
    advice: `没有找到号源 ${slotId}，请核对排班和号源编号`,
  });

export const slotTaken = says(409, 'slot-taken', '该号源刚被别人约走，请选择其他时段');

export const slotReturning = says(
  409,
  'slot-returning',
  '该号源刚被退回，稍后重新开放，请过一会儿再试或选择其他时段',
);

export const slotSuspended = says(409, 'slot-suspended', '该时段已停诊，请选择其他时段或其他医生');

export const slotWithdrawn = says(409, 'slot-withdrawn', '该号源已被医院撤回，请选择其他时段');

export const claimVoided = says(409, 'claim-voided', '本次预约未完成且已失效，请重新预约');

export const claimCameThrough = says(409, 'claim-came-through', '该预约已成功，不能作废，请刷新查看');

export const bookingUnknown = says(404, 'booking-unknown', '没有找到该预约单，请核对预约单号');

export const bookingOver = (outcome: Outcome) =>
  new Rejection({
    code: 'booking-over',
    status: 409,
    advice: `该预约已结束（${OUTCOMES[outcome]}），请刷新查看；如需就诊请重新预约`,
  });

export const holdNotConfirmed = says(
  409,
  'hold-not-confirmed',
  '该号源仍在锁号中，请先完成支付或等待医院确认',
);

export const holdNotDue = says(409, 'hold-not-due', '锁号时间未到，暂不能释放');

export const holdAwaitsHospital = says(
  409,
  'hold-awaits-hospital',
  '医院尚未答复，答复前号源一直保留，请稍后刷新查看',
);

/* ---- hospitals in shared mode ---- */

export const hospitalSlotTaken = says(
  409,
  'hospital-slot-taken',
  '该号源刚在医院其他渠道被约走，请选择其他时段',
);

export const hospitalNotOnSale = says(
  409,
  'hospital-not-on-sale',
  '医院未开放该号源或已停诊，请选择其他时段',
);

export const hospitalCardInvalid = says(
  409,
  'hospital-card-invalid',
  '医院不认可所选就诊卡，请换一张卡或不选卡后重新预约',
);

export const hospitalPersonRefused = says(
  409,
  'hospital-person-refused',
  '医院不接受该就诊人的预约，请联系医院窗口',
);

export const hospitalNotConfirmed = says(
  409,
  'hospital-not-confirmed',
  '医院未能确认本次预约，号源已放回，请重新预约',
);

export const hospitalUnreachable = says(
  409,
  'hospital-unreachable',
  '暂时无法连接医院系统，本次预约没有成立，请稍后再试',
);

export const checkedInAlready = says(409, 'booking-checked-in', '已签到，不能自行退号，请到医院窗口办理');

export const checkInTooEarly = says(409, 'check-in-too-early', '还未到签到时间，请按预约单上的时间签到');

export const checkInTooLate = says(409, 'check-in-too-late', '已过签到时间，请到医院窗口办理');

export const registrationTooEarly = says(409, 'registration-too-early', '就诊当天才能挂号，请在就诊当天办理');

export const notRegistered = says(409, 'not-registered', '该预约还没有挂号，如不就诊请取消预约');

export const registeredAlready = says(
  409,
  'booking-registered-already',
  '该预约已用另一个挂号单号挂号，请核对挂号单号',
);

export const reportTooEarly = says(
  409,
  'report-too-early',
  '就诊时段未到或未结束，请在就诊当天登记履约、在时段结束后登记爽约',
);

export const noShowAfterCheckIn = says(
  409,
  'no-show-after-check-in',
  '患者已签到，不能登记爽约；如未完成就诊，请由医院取消',
);

export const outcomeStands = (outcome: Outcome) =>
  new Rejection({
    code: 'outcome-stands',
    status: 409,
    advice: `该预约已登记为${OUTCOMES[outcome]}；如有误，请填写原因提交更正`,
  });

export const outcomeMissing = says(409, 'outcome-missing', '该预约还没有结果，请直接登记结果');

export const outcomeNotCorrectable = (from: Outcome, to: Outcome) =>
  new Rejection({
    code: 'outcome-not-correctable',
    status: 409,
    advice: `${OUTCOMES[from]}不能更正为${OUTCOMES[to]}，请核对预约单的经过`,
  });

export const correctionTooLate = (days: number) =>
  new Rejection({
    code: 'correction-too-late',
    status: 409,
    advice: `就诊日后${days}天内可以更正，现已超过；患者可以申诉`,
  });

export const unreportedTooEarly = says(
  409,
  'unreported-too-early',
  '医院仍可反馈该预约的结果，请到期后再登记为未反馈',
);

export const notCalledOff = says(409, 'booking-not-called-off', '只有医院取消的预约可以改约，请核对原预约单');

/* ---- announcements ---- */

export const announcementUnknown = says(404, 'announcement-unknown', '没有找到该公告，请刷新列表后重试');

export const announcementExists = says(
  409,
  'announcement-exists',
  '该公告已发布，内容不同；请改用修改，或另发公告',
);

export const announcementWithdrawn = says(
  409,
  'announcement-withdrawn',
  '该公告已撤下，不能再修改；请另发公告',
);

export const announcementAutomatic = says(
  409,
  'announcement-automatic',
  '停诊和替诊公告由系统自动发布，不能修改；如有误可以撤下后另发通知',
);

export const announcementSpan = says(
  422,
  'announcement-span',
  '展示结束时间须晚于开始时间和现在，请修改后重新提交',
);

/* ---- landings ---- */

export const landingUnknown = says(404, 'landing-unknown', '该日的预约单尚未落地，请先上传当日预约单');

export const landingIncomplete = says(
  409,
  'landing-incomplete',
  '当日预约单还没有全部上传，请补齐各批后再处理差异',
);

export const landingPartDiffers = says(
  409,
  'landing-part-differs',
  '同一批次的内容或总批数与先前上传的不同；如需更正，请换用新的上传批次编号重新上传全部',
);

export const landingSuperseded = says(
  409,
  'landing-superseded',
  '该上传批次已被后来的批次取代，请换用新的上传批次编号重新上传全部',
);

export const landedOrderTwice = (orderNumber: string) =>
  new Rejection({
    code: 'landed-order-twice',
    status: 422,
    advice: `预约单 ${orderNumber} 重复，请去重后换用新的上传批次编号重新上传`,
  });

export const differenceSettled = says(
  409,
  'difference-settled',
  '该差异已处理，结果不同；如需更正，请重新落地后再处理',
);
