import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

/** Unit and contract tests run on the sources: the `source` condition resolves workspace imports to .ts files. */
export default defineConfig({
  resolve: { conditions: ['source', ...defaultServerConditions] },
  ssr: { resolve: { conditions: ['source', ...defaultServerConditions] } },
  test: {
    include: ['{contracts,domains,read-models,infra,mfe,shell}/**/*.spec.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 2,
  },
});
