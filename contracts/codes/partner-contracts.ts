import type { ScheduleKind } from './slot-tables.ts';

/** Kinds of slots for which a hospital's interfaces are contracted and verified, each by itself (接口种类). */
export const CONTRACT_KINDS = {
  outpatient: '门诊',
  joint: '互联网远程联合门诊',
  internet: '互联网医院',
  referral: '双向转诊',
  contracted: '1+1+1',
} as const;

/**
 * The two interfaces of each kind. 传输: the hospital registers its slots and what changes about them (F1.16–F1.19).
 * 同步: orders and their states go both ways (F1.20, F1.21, F3.10).
 */
export const CONTRACT_INTERFACES = {
  transmission: '号源传输接口',
  synchronisation: '号源同步接口',
} as const;

/**
 * Where an interface stands. `unproven`: nothing has been checked yet. `doubtful`: it failed, but may only have been
 * away for a moment. `failed`: its slots are withheld. `excused`: it failed, and a manager lets its slots be offered all
 * the same until it is checked again. `unoffered`: the hospital's system does not let itself be verified; only what
 * really passes between the two tells anything, and nothing is withheld for that.
 */
export const CONTRACT_STANDINGS = {
  unproven: '未验证',
  verified: '已验证',
  doubtful: '待复核',
  failed: '未通过',
  excused: '人工放行',
  unoffered: '未提供自检接口',
} as const;

export type ContractKind = keyof typeof CONTRACT_KINDS;
export type ContractInterface = keyof typeof CONTRACT_INTERFACES;
export type ContractStanding = keyof typeof CONTRACT_STANDINGS;

const KIND_OF: Readonly<Record<ScheduleKind, ContractKind>> = {
  general: 'outpatient',
  disease: 'outpatient',
  expert: 'outpatient',
  special: 'outpatient',
  internet: 'internet',
  joint: 'joint',
  contracted: 'contracted',
  referral: 'referral',
};

/** Under which contract a hospital sends schedules of a kind. */
export function contractKindOf(kind: ScheduleKind): ContractKind {
  return KIND_OF[kind];
}

/** Chinese words for what was found wrong when an interface was verified; by the fault's stable code. */
export const CONTRACT_FAULTS: Readonly<Record<string, string>> = {
  'no-callback': '平台没有登记该医院的回调地址',
  timeout: '医院的系统没有按时答复',
  unreachable: '连接不上医院的系统',
  'wrong-answer': '答复的格式不符合接口约定',
  misunderstood: '答复的内容与预约单不一致',
  'answers-differ': '重复送达时答复不一致',
  'accepts-contradiction': '同一送达编号换了内容仍被接受',
  'accepts-malformed': '格式错误的预约单被接受',
  'accepts-forged': '签名错误的请求被接受',
  'malformed-transmission': '最近上传的号源不符合接口约定',
  'malformed-transmissions': '最近上传的号源多次不符合接口约定',
  'no-self-check': '医院的系统没有提供自检接口，以实际往来为准',
};

/** What was found wrong, in words. */
export function contractFaultWords(fault: string): string {
  const status = /^status-(\d{3})$/.exec(fault)?.[1];
  if (status !== undefined) return `医院的系统答复了状态 ${status}`;
  return CONTRACT_FAULTS[fault] ?? '接口验证未通过';
}

/** What a resident reads where slots are withheld. */
export const WITHHELD_WORDS =
  '该医院与平台的接口正在核验，暂停放号。已经预约的不受影响；请稍后再看，或到医院窗口挂号。';
