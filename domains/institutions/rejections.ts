import { Rejection } from '@qingpu/domains-kernel/rejection';

export const entryUnknown = () =>
  new Rejection({
    code: 'entry-unknown',
    status: 404,
    advice: '没有找到这条记录，请核对机构代码和编码，或先登记',
  });

export const entryInactive = () =>
  new Rejection({ code: 'entry-inactive', status: 409, advice: '该记录已停用，请先重新启用再修改' });

export const entryErased = () =>
  new Rejection({
    code: 'entry-erased',
    status: 409,
    advice: '该人员信息已注销，不能再修改；如需重新登记请使用新的编码',
  });

export const doctorPersonMissing = () =>
  new Rejection({
    code: 'doctor-person-missing',
    status: 422,
    advice: '新登记的医生须填写姓名、身份证号等个人信息，请补充后重新提交',
  });

export const alreadyActive = () =>
  new Rejection({
    code: 'entry-already-active',
    status: 409,
    advice: '该记录已是启用状态，请刷新页面查看最新状态',
  });

export const alreadyInactive = () =>
  new Rejection({
    code: 'entry-already-inactive',
    status: 409,
    advice: '该记录已是停用状态，请刷新页面查看最新状态',
  });

export const erasureOnlyForDoctors = () =>
  new Rejection({
    code: 'erasure-not-applicable',
    status: 409,
    advice: '只有医生记录含有个人信息，可以注销；其他记录请使用停用',
  });

export const institutionUnknown = () =>
  new Rejection({
    code: 'institution-not-registered',
    status: 409,
    advice: '所属医疗机构尚未登记或已停用，请先登记医疗机构',
  });

export const departmentUnknown = (code: string) =>
  new Rejection({
    code: 'department-not-registered',
    status: 409,
    advice: `科室 ${code} 尚未登记或已停用，请先登记该科室`,
  });

export const doctorUnknown = (code: string) =>
  new Rejection({
    code: 'doctor-not-registered',
    status: 409,
    advice: `医生 ${code} 尚未登记或已停用，请先登记该医生`,
  });

export const parentDepartmentUnfit = (code: string) =>
  new Rejection({
    code: 'parent-department-unfit',
    status: 409,
    advice: `上级科室 ${code} 不是一级科室，请填写一级科室的编码`,
  });

export const ruleInPast = () =>
  new Rejection({
    code: 'rule-effective-in-past',
    status: 422,
    advice: '生效日期不能早于今天，请改为今天或以后的日期重新备案',
  });

export const withheldAlready = () =>
  new Rejection({
    code: 'slots-withheld-already',
    status: 409,
    advice: '所选种类的号源已经人工暂停放号，请刷新页面查看最新状态',
  });

export const nothingWithheld = () =>
  new Rejection({
    code: 'slots-not-withheld',
    status: 409,
    advice: '所选种类的号源没有暂停放号，请刷新页面查看最新状态',
  });
