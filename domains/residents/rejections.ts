import { Rejection } from '@qingpu/domains-kernel/rejection';

export const identityMismatch = () =>
  new Rejection({
    code: 'identity-mismatch',
    status: 422,
    advice: '姓名与证件号码不一致，请按证件原件核对后重新提交',
  });

export const identityUnknown = () =>
  new Rejection({
    code: 'identity-unknown',
    status: 422,
    advice: '未查到该证件，请核对证件类别和号码；无法在线核验的证件请携带原件到医院窗口登记',
  });

export const mobileDiffers = () =>
  new Rejection({
    code: 'mobile-differs',
    status: 409,
    advice: '手机号与该证件登记的手机号不一致，请填写登记时的手机号；已换号的请携带证件到医院窗口更正',
  });

export const personUnknown = () =>
  new Rejection({ code: 'person-unknown', status: 404, advice: '没有找到此人，请先登记后再操作' });

export const personErased = () =>
  new Rejection({
    code: 'person-erased',
    status: 409,
    advice: '该人员信息已注销，不能再使用；如需继续使用请重新实名注册',
  });

export const personMoved = () =>
  new Rejection({
    code: 'person-changed-meanwhile',
    status: 409,
    advice: '该人员信息刚刚有更新，请刷新后重新提交',
  });

export const cardsFull = () =>
  new Rejection({ code: 'cards-full', status: 409, advice: '就诊卡已达上限，请先删除不用的卡再添加' });

export const cardUnknown = () =>
  new Rejection({ code: 'card-unknown', status: 404, advice: '没有找到这张卡，可能已删除，请刷新页面' });

export const accountBound = () =>
  new Rejection({
    code: 'account-bound',
    status: 409,
    advice: '本账号已完成实名注册，不能更换本人；如需为家人预约，请添加家庭成员',
  });

export const holderMissing = () =>
  new Rejection({
    code: 'registration-required',
    status: 409,
    advice: '请先完成本人实名注册，再添加家庭成员',
  });

export const memberIsHolder = () =>
  new Rejection({ code: 'member-is-holder', status: 409, advice: '这是您本人，无需添加为家庭成员' });

export const memberUnknown = () =>
  new Rejection({
    code: 'member-unknown',
    status: 404,
    advice: '该人员不在您的家庭成员中，请刷新页面查看',
  });

export const familyFull = (most: number) =>
  new Rejection({
    code: 'family-full',
    status: 409,
    advice: `家庭成员最多${most}人，请先移除不需要的成员再添加`,
  });

export const guardianWanted = (age: number) =>
  new Rejection({
    code: 'guardian-required',
    status: 422,
    advice: `未满${age}周岁的儿童不能单独注册，请由监护人注册后添加为家庭成员`,
  });

export const guardianConsentMissing = (age: number) =>
  new Rejection({
    code: 'guardian-consent-required',
    status: 422,
    advice: `未满${age}周岁的儿童须由监护人同意，请确认您是其监护人并勾选同意`,
  });

export const guardianTooYoung = () =>
  new Rejection({
    code: 'guardian-too-young',
    status: 422,
    advice: '监护人须为成年人，请由成年的监护人用自己的账号添加',
  });

export const previewUnknown = () =>
  new Rejection({
    code: 'preview-unknown',
    status: 404,
    advice: '白名单中没有这条记录，可能已移除，请刷新页面查看',
  });
