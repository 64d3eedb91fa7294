import type { Role } from '@qingpu/contracts/http/session';
import { INSTITUTIONS } from './institutions.ts';
import { NEWCOMERS, type ResidentFamily, residentFamilies } from './residents.ts';

/** Someone who can sign in to a development installation. */
export interface DevelopmentAccount {
  readonly account: string;
  readonly displayName: string;
  readonly role: Role;
  /** The institution that the account belongs to; null for the whole district and for residents. */
  readonly institutionCode: string | null;
}

export const DEVELOPMENT_ACCOUNTS: readonly DevelopmentAccount[] = [
  account('district-admin', '区卫健委管理员（演示）', 'districtAdmin'),
  account(
    'zhongshan-admin',
    '中山医院青浦分院管理员（演示）',
    'hospitalAdmin',
    '复旦大学附属中山医院青浦分院',
  ),
  account('zhujiajiao-admin', '朱家角人民医院管理员（演示）', 'hospitalAdmin', '上海市青浦区朱家角人民医院'),
  account('regulator', '监管人员（演示）', 'regulator'),
  account('coordinator', '夏阳街道转诊协调员（演示）', 'coordinator', '夏阳街道社区卫生服务中心'),
  account('resident', '居民（演示）', 'resident'),
  account('resident-2', '居民二（演示，已实名）', 'resident'),
  account('resident-3', '居民三（演示，已实名）', 'resident'),
  account('resident-4', '居民四（演示，已实名）', 'resident'),
  ...Array.from({ length: NEWCOMERS }, (_none, index) =>
    account(`newcomer-${index + 1}`, `新居民${'一二三四五六'.charAt(index)}（演示，未实名）`, 'resident'),
  ),
];

/** Accounts whose holders are registered when the district is loaded, in the order of their families. */
export const REGISTERED_ACCOUNTS = ['resident', 'resident-2', 'resident-3', 'resident-4'] as const;

/** Who stands behind an account that has yet to register: what its user would type in. */
export function newcomerBehind(account: string): ResidentFamily | undefined {
  const number = /^newcomer-(\d)$/.exec(account)?.[1];
  return number === undefined ? undefined : residentFamilies().newcomers[Number(number) - 1];
}

function account(name: string, displayName: string, role: Role, institution?: string): DevelopmentAccount {
  return {
    account: name,
    displayName,
    role,
    institutionCode: institution === undefined ? null : codeOf(institution),
  };
}

function codeOf(name: string): string {
  const found = INSTITUTIONS.find((plan) => plan.name === name);
  if (!found) throw new Error(`no institution is called ${name}`);
  return found.code;
}
