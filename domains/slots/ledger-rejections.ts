import { Rejection, type RejectionStatus } from '@qingpu/domains-kernel/rejection';

const says = (status: RejectionStatus, code: string, advice: string) => () =>
  new Rejection({ code, status, advice });

/* ---- claims ---- */

export const departmentDayLimit = (limit: number) =>
  new Rejection({
    code: 'limit-department-day',
    status: 409,
    advice: `同一天同一科室最多预约${limit}个号，请先退号或改约其他日期`,
  });

export const doctorDayLimit = (limit: number) =>
  new Rejection({
    code: 'limit-doctor-day',
    status: 409,
    advice: `同一天同一医生最多预约${limit}个号，请先退号或改约其他日期`,
  });

export const departmentsDayLimit = (limit: number) =>
  new Rejection({
    code: 'limit-departments-day',
    status: 409,
    advice: `同一天最多预约${limit}个科室，请先退号或改约其他日期`,
  });

export const rightsSuspended = (until: string) =>
  new Rejection({
    code: 'rights-suspended',
    status: 409,
    advice: `因爽约或逾期退号，预约权限暂停，${until}起恢复；如需就诊请到医院窗口挂号，有异议可以申诉`,
  });

export const personBlocked = says(
  409,
  'person-blocked',
  '该就诊人在黑名单中，暂不能预约；如需就诊请到医院窗口办理，有异议可以申诉',
);

export const overrideNotPermitted = says(
  403,
  'override-not-permitted',
  '只有窗口工作人员可以填写放行原因，请去掉放行原因后重试',
);

export const replacedAlready = says(
  409,
  'booking-replaced-already',
  '原预约已改约过，请在预约记录中查看新的预约单',
);

export const claimReleased = says(409, 'claim-released', '本次预约未成功，号源已放回，请重新预约');

export const claimMoved = says(409, 'claim-moved', '该预约仍在办理，请稍后重试');

export const soldOut = says(409, 'sold-out', '该时段已约满，请选择其他时段，或加入候补');

/* ---- rights, blocks ---- */

export const notOver = says(409, 'booking-not-over', '该预约还没有结束，不能更正结果');

export const rightsNotSuspended = says(
  409,
  'rights-not-suspended',
  '该就诊人的预约权限没有暂停，不需要恢复，请刷新查看',
);

export const blockSpan = says(422, 'block-span', '解禁日期须晚于今天和开始日期，请修改后重新提交');

export const blockScope = says(403, 'block-scope', '医院只能在本院或全区范围内登记黑名单，请核对范围');

export const blockDiffers = says(
  409,
  'block-differs',
  '该黑名单编号已登记，内容不同；请先移除，再用新的编号登记',
);

export const blockUnknown = says(404, 'block-unknown', '没有找到该黑名单记录，请刷新列表后重试');

export const blockOfOthers = says(
  403,
  'block-of-others',
  '该黑名单由其他机构登记，请联系登记机构或区级管理人员移除',
);

/* ---- appeals ---- */

export const nothingToAppeal = says(
  409,
  'nothing-to-appeal',
  '只能对爽约、逾期退号和生效中的黑名单提出申诉，请核对申诉对象',
);

export const appealTooLate = (days: number) =>
  new Rejection({
    code: 'appeal-too-late',
    status: 409,
    advice: `申诉须在${days}天内提出，现已超过；如仍有疑问请联系医院窗口`,
  });

export const appealedAlready = says(
  409,
  'appealed-already',
  '该记录已提出过申诉，请在违约记录中查看处理结果',
);

export const appealUnknown = says(404, 'appeal-unknown', '没有找到该申诉，请刷新列表后重试');

export const appealDecided = says(409, 'appeal-decided', '该申诉已处理，结果不同，不能再次处理');

export const personErased = says(409, 'person-erased', '该人员信息已注销，不能再办理');

/* ---- waitlist ---- */

export const waitlistNotShared = says(
  409,
  'waitlist-not-shared',
  '该医院的号源由医院实时管理，不能候补，请稍后再查看余号',
);

export const waitlistFull = says(409, 'waitlist-full', '候补人数已满，请选择其他排班');

export const waitingAlready = says(409, 'waiting-already', '该就诊人已在候补，请在候补记录中查看');

export const waitingTooMuch = (limit: number) =>
  new Rejection({
    code: 'waitlist-limit',
    status: 409,
    advice: `每人最多同时候补${limit}个排班，请先退出其他候补`,
  });

export const entryUnknown = says(404, 'waitlist-entry-unknown', '没有找到该候补记录，请刷新后重试');

export const entryOver = says(409, 'waitlist-entry-over', '该候补已结束，请重新候补或直接预约');

export const offerStands = says(
  409,
  'waitlist-offer-stands',
  '已为您保留号源，请先确认，或等保留时间过后再办理',
);

export const noOffer = says(409, 'waitlist-no-offer', '暂时没有为您保留的号源，有号时会通知您');

export const offerLapsed = says(
  409,
  'waitlist-offer-lapsed',
  '保留时间已过，号源已放出，请重新候补或直接预约',
);
