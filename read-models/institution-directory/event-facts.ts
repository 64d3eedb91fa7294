import type { DirectoryKind, InstitutionsEvent } from '@qingpu/contracts/events/institutions';

interface EventFacts {
  readonly kind: DirectoryKind;
  /** Chinese words for what happened. */
  readonly summary: string;
}

/** Which kind of entry an event type is about, and how a timeline names it. */
export const EVENT_FACTS: Readonly<Record<InstitutionsEvent['type'], EventFacts>> = {
  InstitutionRegistered: { kind: 'institution', summary: '登记医疗机构' },
  InstitutionChanged: { kind: 'institution', summary: '修改医疗机构' },
  InstitutionDeactivated: { kind: 'institution', summary: '停用医疗机构' },
  InstitutionReactivated: { kind: 'institution', summary: '重新启用医疗机构' },
  DepartmentRegistered: { kind: 'department', summary: '登记科室' },
  DepartmentChanged: { kind: 'department', summary: '修改科室' },
  DepartmentDeactivated: { kind: 'department', summary: '停用科室' },
  DepartmentReactivated: { kind: 'department', summary: '重新启用科室' },
  DoctorRegistered: { kind: 'doctor', summary: '登记医生' },
  DoctorChanged: { kind: 'doctor', summary: '修改医生' },
  DoctorDeactivated: { kind: 'doctor', summary: '停用医生' },
  DoctorReactivated: { kind: 'doctor', summary: '重新启用医生' },
  DoctorErased: { kind: 'doctor', summary: '注销医生个人信息' },
  ClinicRegistered: { kind: 'clinic', summary: '登记门诊' },
  ClinicChanged: { kind: 'clinic', summary: '修改门诊' },
  ClinicDeactivated: { kind: 'clinic', summary: '停用门诊' },
  ClinicReactivated: { kind: 'clinic', summary: '重新启用门诊' },
  InternetClinicRegistered: { kind: 'internetClinic', summary: '登记互联网门诊' },
  InternetClinicChanged: { kind: 'internetClinic', summary: '修改互联网门诊' },
  InternetClinicDeactivated: { kind: 'internetClinic', summary: '停用互联网门诊' },
  InternetClinicReactivated: { kind: 'internetClinic', summary: '重新启用互联网门诊' },
  ChannelRegistered: { kind: 'channel', summary: '登记预约渠道' },
  ChannelChanged: { kind: 'channel', summary: '修改预约渠道' },
  ChannelDeactivated: { kind: 'channel', summary: '停用预约渠道' },
  ChannelReactivated: { kind: 'channel', summary: '重新启用预约渠道' },
  BookingRuleFiled: { kind: 'bookingRule', summary: '备案预约规则' },
  BookingRuleDeactivated: { kind: 'bookingRule', summary: '停用预约规则' },
  BookingRuleReactivated: { kind: 'bookingRule', summary: '重新启用预约规则' },
};
