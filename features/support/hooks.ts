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

const STEP_LIMIT_MS = 30_000;
const START_LIMIT_MS = 120_000;

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

BeforeAll({ timeout: START_LIMIT_MS }, openInstallation);
AfterAll({ timeout: STEP_LIMIT_MS }, closeInstallation);
After(async function (this: QingpuWorld, { result, pickle }) {
  await this.closeScreens(result?.status === Status.PASSED ? undefined : pickle.name);
  await this.leave();
});
