import {
  After,
  AfterAll,
  BeforeAll,
  defineParameterType,
  Status,
  setDefaultTimeout,
} from '@cucumber/cucumber';
import { KIND_NAMES } from '@qingpu/contracts/http/institutions';
import { kindNamed } from './words.ts';
import { closeInstallation, openInstallation, type QingpuWorld } from './world.ts';

const STEP_LIMIT_MS = 150_000;
const START_LIMIT_MS = 240_000;

setDefaultTimeout(STEP_LIMIT_MS);

defineParameterType({
  name: 'kind',
  regexp: new RegExp(Object.values(KIND_NAMES).join('|')),
  transformer: kindNamed,
});

/** People as the features call them → their accounts. */
const ACCOUNTS: Readonly<Record<string, string>> = {
  访客: 'visitor',
  居民: 'resident',
  居民二: 'resident-2',
  居民三: 'resident-3',
  居民四: 'resident-4',
  新居民一: 'newcomer-1',
  新居民二: 'newcomer-2',
  新居民三: 'newcomer-3',
  新居民四: 'newcomer-4',
  新居民五: 'newcomer-5',
  区管理员: 'district-admin',
  中山医院管理员: 'zhongshan-admin',
  朱家角医院管理员: 'zhujiajiao-admin',
  监管人员: 'regulator',
  转诊协调员: 'coordinator',
};

defineParameterType({
  name: 'person',
  regexp: new RegExp(Object.keys(ACCOUNTS).join('|')),
  transformer: (name: string) => ACCOUNTS[name],
});

defineParameterType({ name: 'relation', regexp: /本人|配偶|子女|父母/, transformer: (word: string) => word });

/** Words → codes. */
const CODES = {
  channel: { 窗口: 'window', 电话: 'phone', 社区: 'community' },
  tier: { 转诊: 'referral', 社区: 'community', 签约: 'contracted', 公众: 'public' },
} as const;

for (const [name, codes] of Object.entries(CODES))
  defineParameterType({
    name,
    regexp: new RegExp(Object.keys(codes).join('|')),
    transformer: (word: string) => (codes as Readonly<Record<string, string>>)[word],
  });

BeforeAll({ timeout: START_LIMIT_MS }, openInstallation);
AfterAll({ timeout: STEP_LIMIT_MS }, closeInstallation);
After(async function (this: QingpuWorld, { result, pickle }) {
  this.installation.simulator.shared.reset();
  await this.closeScreens(result?.status === Status.PASSED ? undefined : pickle.name);
  await this.leave();
});
