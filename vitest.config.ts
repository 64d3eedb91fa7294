import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

const SPECS = '{contracts,domains,read-models,infra,mfe,shell}/**/*.spec.ts';
const BUILT = ['**/node_modules/**', '**/dist/**'];

/** Specs that change the process which they run in: its time zone, its workers, its turns. */
const ALONE = [
  'domains/slots/release-plan.spec.ts',
  'infra/crypto/sm2-pool.spec.ts',
  'infra/embedded/document-store/turns.spec.ts',
];

/**
 * Unit and contract tests run on the sources: the `source` condition resolves workspace imports to .ts files.
 * Specs share two processes, so that what they import is evaluated twice and not once for each of them, which took
 * half of all the time; mocks and spies end with their test.
 */
export default defineConfig({
  resolve: { conditions: ['source', ...defaultServerConditions] },
  ssr: { resolve: { conditions: ['source', ...defaultServerConditions] } },
  test: {
    // Limits for what hangs: a busy machine is slow, not wrong.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 20_000 } },
    maxWorkers: 2,
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: { name: 'shared', include: [SPECS], exclude: [...BUILT, ...ALONE], isolate: false },
      },
      { extends: true, test: { name: 'alone', include: ALONE, exclude: BUILT } },
    ],
  },
});
