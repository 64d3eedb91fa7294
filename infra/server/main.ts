import 'reflect-metadata';
import { DEVELOPMENT_ACCOUNTS, newcomerBehind } from '@qingpu/data/accounts';
import { loadDistrict } from '@qingpu/data/load';
import { loadResidents } from '@qingpu/data/load-residents';
import { loadSchedules } from '@qingpu/data/load-schedules';
import { shanghaiDate } from '@qingpu/domains-kernel/clock';
import { sharedScheduleOf } from '@qingpu/simulators/shared-book';
import { type Configuration, ConfigurationError, readConfiguration } from './config.ts';
import { type Host, startHost } from './host.ts';

const READY_WITHIN_MS = 60_000;
/** Answers under way get this long to finish. */
const STOP_WITHIN_MS = 30_000;

async function main(): Promise<void> {
  const startedAt = performance.now();
  const configuration = readConfiguration(process.env);
  const host = await startHost(configuration);
  const stopping = stopOnSignals(host);
  if (configuration.syntheticDistrict && configuration.roles.includes('api')) await registerDistrict(host);
  const answering = host.identityRegister !== undefined || configuration.identityRegister !== undefined;
  if (configuration.syntheticDistrict && answering) await registerResidents(host);
  await untilReady(host);
  say(announcement(host, configuration.roles, performance.now() - startedAt));
  await registerSchedules(host, configuration, stopping);
}

/** The hospitals of the synthetic district register themselves, as real ones would; what is there already stays as it is. */
async function registerDistrict(host: Host): Promise<void> {
  say('正在登记合成数据：4家医院、12家社区卫生服务中心……\n');
  await loadDistrict({ baseUrl: host.localUrl, partners: host.partners.all() });
}

/** The residents behind some of the development accounts register themselves, where a register knows them. */
async function registerResidents({ localUrl, signInCode }: Host): Promise<void> {
  if (signInCode !== undefined) await loadResidents({ baseUrl: localUrl, code: signInCode });
}

/** The hospitals send their schedules while people already look around: ten thousand take their time. */
async function registerSchedules(
  { localUrl, partners, hospitals }: Host,
  { syntheticDistrict, syntheticDays: days, roles }: Configuration,
  signal: AbortSignal,
): Promise<void> {
  if (!syntheticDistrict || days === 0 || !roles.includes('api')) return;
  const startedAt = performance.now();
  const from = shanghaiDate(new Date());
  try {
    const { registered, unchanged } = await loadSchedules({
      baseUrl: localUrl,
      partners: partners.all(),
      from,
      days,
      signal,
      own: (items) => {
        for (const item of items) hospitals?.shared.book.offer(sharedScheduleOf(item));
      },
    });
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    say(`合成排班已登记：${days}天，新增${registered}个，无变化${unchanged}个（用时 ${seconds} 秒）\n`);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function untilReady(host: Host): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await host.ready())) {
    if (Date.now() > deadline)
      throw new Error('the platform did not become ready; /health/ready says what is missing');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function announcement(host: Host, roles: readonly string[], milliseconds: number): string {
  const lines = [
    '',
    '青浦新型医防融合平台已启动',
    `  居民门户   ${host.url}/portal`,
    `  工作台     ${host.url}/desk`,
    `  接口说明   ${host.url}/api/openapi.json`,
    ...(host.hostApp ? [`  健康青浦   ${host.hostApp.url}（模拟的宿主应用，居民从这里免登录进入门户）`] : []),
    `  运行角色   ${roles.join('、')}（启动用时 ${(milliseconds / 1000).toFixed(1)} 秒）`,
  ];
  if (host.signInCode !== undefined) {
    lines.push(`  登录码     ${host.signInCode}（以下账号通用，仅供本机演示）`);
    for (const { account, displayName } of DEVELOPMENT_ACCOUNTS)
      lines.push(`    ${account.padEnd(18)}${displayName}${toTypeIn(account, host)}`);
  }
  for (const missing of host.missingFrontEnd)
    lines.push(`  注意：前端 ${missing} 尚未构建，请运行 npm run build`);
  return `${lines.join('\n')}\n\n`;
}

/** What the user of an account that has yet to register would type in: people whom the simulated register knows. */
function toTypeIn(account: string, { identityRegister }: Host): string {
  const newcomer = identityRegister && newcomerBehind(account);
  if (!newcomer) return '';
  const people = [newcomer.holder, ...newcomer.members.map(({ person }) => person)];
  return people.map(({ name, identityNumber, mobile }) => `  ${name} ${identityNumber} ${mobile}`).join(';');
}

/** @returns aborted as soon as the process is told to stop */
function stopOnSignals(host: Host): AbortSignal {
  const stopping = new AbortController();
  const stop = () => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    setTimeout(() => fail(new Error('the platform did not stop in time')), STOP_WITHIN_MS).unref();
    host.stop().then(
      () => process.exit(0),
      (error: unknown) => fail(error),
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  return stopping.signal;
}

function say(text: string): void {
  process.stdout.write(text);
}

function fail(error: unknown): void {
  const text =
    error instanceof ConfigurationError
      ? `configuration:\n${error.message}`
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error);
  process.stderr.write(`${text}\n`);
  process.exit(1);
}

main().catch(fail);
