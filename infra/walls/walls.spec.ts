import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cruise, type ICruiseOptions, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface WallsConfiguration {
  readonly forbidden: readonly IForbiddenRuleType[];
  readonly options: ICruiseOptions;
}

const repository = fileURLToPath(new URL('../..', import.meta.url));
const configuration = createRequire(import.meta.url)(
  join(repository, '.dependency-cruiser.cjs'),
) as WallsConfiguration;

/** One planted violation for each rule: a file, what it imports, and the rule that must catch it. */
const PLANTED: readonly (readonly [rule: string, file: string, imports: string])[] = [
  // A cycle is reported once, at the file it is found from first.
  ['no-cycles', 'contracts/round-back.ts', './round.ts'],
  ['resolvable', 'contracts/lost.ts', './nowhere.ts'],
  ['contracts-know-nobody', 'contracts/nosy.ts', '../domains/slots/slot.ts'],
  ['contracts-do-no-io', 'contracts/reading.ts', 'node:fs'],
  ['domains-know-contracts-and-kernel', 'domains/slots/neighbour.ts', '../referrals/referral.ts'],
  ['domains-know-contracts-and-kernel', 'domains/slots/reader.ts', '../../read-models/board/view.ts'],
  ['domain-kernel-knows-no-context', 'domains/kernel/nosy.ts', '../slots/slot.ts'],
  ['domains-touch-no-store', 'domains/slots/store.ts', 'mongodb'],
  ['deciders-know-no-nest', 'domains/slots/decider.ts', '@nestjs/cqrs'],
  ['deciders-know-no-nest', 'domains/slots/mishandlers.ts', '@nestjs/cqrs'],
  ['read-models-know-contracts-and-kernel', 'read-models/board/nosy.ts', '../../domains/slots/slot.ts'],
  ['read-model-kernel-knows-no-view', 'read-models/kernel/nosy.ts', '../board/view.ts'],
  ['read-models-touch-no-store', 'read-models/board/store.ts', 'mongodb'],
  ['remotes-know-contracts-kit-and-charts', 'mfe/slots-desk/nosy.ts', '../slots-resident/app.ts'],
  ['shell-knows-contracts-and-kit', 'shell/nosy.ts', '../mfe/slots-resident/app.ts'],
  ['only-the-host-composes', 'infra/runtime/nosy.ts', '../../domains/slots/slot.ts'],
  ['nobody-knows-the-host', 'infra/runtime/climbing.ts', '../server/main.ts'],
  ['engines-stand-alone', 'infra/embedded/event-store/leak.ts', '../../../contracts/plain.ts'],
];

/** Rooms as they should be: allowed imports that no rule may catch. */
const SOUND: Readonly<Record<string, string>> = {
  'contracts/plain.ts': '',
  'contracts/round.ts': `import './round-back.ts';`,
  'domains/kernel/decider.ts': `import '../../contracts/plain.ts';`,
  'domains/slots/slot.ts': `import '../kernel/decider.ts'; import '../../contracts/plain.ts';`,
  'domains/slots/handlers.ts': `import '@nestjs/cqrs'; import './slot.ts';`,
  'domains/slots/booking.handlers.ts': `import '@nestjs/cqrs'; import './slot.ts';`,
  'domains/referrals/referral.ts': '',
  'read-models/kernel/view.ts': '',
  'read-models/board/view.ts': `import '../kernel/view.ts'; import '../../contracts/plain.ts';`,
  'mfe/kit/tokens.ts': '',
  'mfe/slots-resident/app.ts': `import '../kit/tokens.ts'; import '../../contracts/plain.ts';`,
  'infra/runtime/runner.ts': `import '../../domains/kernel/decider.ts'; import '../../read-models/kernel/view.ts';`,
  'infra/server/main.ts': `import '../../domains/slots/slot.ts'; import '../../read-models/board/view.ts'; import '../runtime/runner.ts';`,
};

let house: string;
let violations: ReadonlySet<string>;

beforeAll(async () => {
  house = await mkdtemp(join(tmpdir(), 'qingpu-walls-'));
  await symlink(join(repository, 'node_modules'), join(house, 'node_modules'));
  await Promise.all(Object.entries(SOUND).map(([file, text]) => build(file, text)));
  await Promise.all(PLANTED.map(([, file, imports]) => build(file, `import '${imports}';`)));
  violations = await violationsIn(house);
});

afterAll(() => rm(house, { recursive: true, force: true }));

describe('the walls of the house', () => {
  it.each(PLANTED)('%s: catches %s', (rule, file) => {
    expect(violations).toContain(`${rule} ${file}`);
  });

  it('have a planted violation for every rule', () => {
    const planted = new Set(PLANTED.map(([rule]) => rule));
    expect(
      configuration.forbidden.map(({ name }) => name).filter((name) => !planted.has(name ?? '')),
    ).toEqual([]);
  });

  it('let pass what is allowed', () => {
    const caught = [...violations].filter((violation) =>
      Object.keys(SOUND).some((file) => violation.endsWith(` ${file}`)),
    );
    expect(caught).toEqual([]);
  });
});

async function build(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(house, file)), { recursive: true });
  await writeFile(join(house, file), `${text}\nexport {};\n`);
}

async function violationsIn(folder: string): Promise<ReadonlySet<string>> {
  const {
    tsConfig: _own,
    enhancedResolveOptions,
    ...options
  } = configuration.options as ICruiseOptions & { tsConfig: unknown; enhancedResolveOptions: object };
  const rooms = ['contracts', 'domains', 'read-models', 'mfe', 'shell', 'infra'];
  const ruleSet = { forbidden: [...configuration.forbidden] };
  const { output } = await cruise(
    rooms,
    { ...options, baseDir: folder, ruleSet, validate: true },
    enhancedResolveOptions,
  );
  const { summary } = output as ICruiseResult;
  return new Set(summary.violations.map(({ rule, from }) => `${rule.name} ${from}`));
}
