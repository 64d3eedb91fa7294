/**
 * The walls of the house: who may know whom. Each rule has a planted violation in infra/walls/walls.spec.ts.
 * `$1` in a rule's target stands for what the source's pattern captured.
 */
const npm = (names) => `(^|node_modules/)(${names})(/|$)`;
const STORES_AND_HTTP =
  '@eventstore/db-client|mongodb|bson|ioredis|fastify|@fastify/[^/]+|@nestjs/platform-fastify|express|axios|undici';
const SPECS = '\\.spec\\.ts$|/testing/';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'a wall cannot be kept against what cannot be found',
      from: { pathNot: SPECS },
      to: { couldNotResolve: true },
    },
    {
      name: 'contracts-know-nobody',
      severity: 'error',
      from: { path: '^contracts/' },
      to: { path: '^(domains|read-models|mfe|shell|infra|features)/' },
    },
    {
      name: 'contracts-do-no-io',
      severity: 'error',
      from: { path: '^contracts/', pathNot: SPECS },
      to: {
        path: `${npm(`${STORES_AND_HTTP}|@nestjs/[^/]+`)}|^(node:)?(fs|net|http|https|child_process|worker_threads)(/|$)`,
      },
    },
    {
      name: 'domains-know-contracts-and-kernel',
      severity: 'error',
      from: { path: '^domains/([^/]+)/' },
      to: { path: '^(domains|read-models|mfe|shell|infra|features)/', pathNot: '^domains/(kernel|$1)/' },
    },
    {
      name: 'domain-kernel-knows-no-context',
      severity: 'error',
      from: { path: '^domains/kernel/' },
      to: { path: '^domains/(?!kernel/)' },
    },
    {
      name: 'domains-touch-no-store',
      severity: 'error',
      from: { path: '^domains/', pathNot: SPECS },
      to: { path: `${npm(STORES_AND_HTTP)}|^(node:)?(fs|net|http|https|child_process|worker_threads)(/|$)` },
    },
    {
      name: 'deciders-know-no-nest',
      severity: 'error',
      comment:
        'aggregates, policies and process managers are plain TypeScript; only handlers and modules know Nest',
      from: { path: '^domains/', pathNot: '/handlers\\.ts$|\\.(handlers|module)\\.ts$' },
      to: { path: npm('@nestjs/[^/]+') },
    },
    {
      name: 'read-models-know-contracts-and-kernel',
      severity: 'error',
      from: { path: '^read-models/([^/]+)/' },
      to: { path: '^(domains|read-models|mfe|shell|infra|features)/', pathNot: '^read-models/(kernel|$1)/' },
    },
    {
      name: 'read-model-kernel-knows-no-view',
      severity: 'error',
      from: { path: '^read-models/kernel/' },
      to: { path: '^read-models/(?!kernel/)' },
    },
    {
      name: 'read-models-touch-no-store',
      severity: 'error',
      from: { path: '^read-models/', pathNot: SPECS },
      to: { path: `${npm(`${STORES_AND_HTTP}|@nestjs/[^/]+`)}` },
    },
    {
      name: 'remotes-know-contracts-kit-and-charts',
      severity: 'error',
      from: { path: '^mfe/([^/]+)/' },
      to: { path: '^(domains|read-models|mfe|shell|infra|features)/', pathNot: '^mfe/(kit|charts|$1)/' },
    },
    {
      name: 'shell-knows-contracts-and-kit',
      severity: 'error',
      from: { path: '^shell/' },
      to: { path: '^(domains|read-models|mfe|infra|features)/', pathNot: '^mfe/(kit|charts)/' },
    },
    {
      name: 'only-the-host-composes',
      severity: 'error',
      comment:
        'adapters know ports, which live in the kernels; contexts and views meet in infra/server alone',
      from: { path: '^infra/', pathNot: '^infra/(server|bench)/' },
      to: { path: '^(domains|read-models)/(?!kernel/)|^(mfe|shell|features)/' },
    },
    {
      name: 'nobody-knows-the-host',
      severity: 'error',
      from: { pathNot: '^(infra/server|infra/bench|features)/' },
      to: { path: '^infra/(server|bench)/' },
    },
    {
      name: 'engines-stand-alone',
      severity: 'error',
      comment:
        'the embedded engines are replaceable by real servers, so nothing of the platform may leak into them',
      from: { path: '^infra/embedded/([^/]+)/' },
      to: {
        path: '^(contracts|domains|read-models|mfe|shell|infra|features)/',
        pathNot: '^infra/embedded/$1/',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(?!.*node_modules/).*(^|/)dist/|^features/\\.reports/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'browser', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.vue', '.js', '.mjs', '.json', '.css'],
      mainFields: ['module', 'main'],
    },
  },
};
