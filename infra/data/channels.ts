import type { ChannelKind } from '@qingpu/contracts/codes/directory-tables';
import type { Registration } from '@qingpu/contracts/partners/hospital/registration';
import type { InstitutionPlan } from './institutions.ts';

const NAMES: Readonly<Record<ChannelKind, string>> = {
  window: '人工窗口',
  hospitalApp: '微信公众号',
  phone: '电话预约',
  districtPortal: '健康青浦门户',
  community: '社区转诊预约',
  cityPlatform: '市级预约平台',
  thirdParty: '第三方预约平台',
};
const HOSPITAL_CHANNELS = Object.keys(NAMES) as ChannelKind[];
const CENTRE_CHANNELS: readonly ChannelKind[] = ['window', 'phone', 'districtPortal', 'community'];

/** Where an institution can be booked. Only online channels of hospitals take the fee when booking. */
export function channelsOf(plan: InstitutionPlan): readonly Registration<'channel'>[] {
  return (plan.hospital ? HOSPITAL_CHANNELS : CENTRE_CHANNELS).map((kind) => ({
    institutionCode: plan.code,
    code: `CH_${kind}`,
    details: { name: NAMES[kind], kind, prepaid: kind === 'hospitalApp' || kind === 'thirdParty' },
  }));
}
