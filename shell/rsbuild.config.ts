import { defineConfig } from '@rsbuild/core';

export default defineConfig({
  source: { entry: { index: './src/main.ts' } },
  html: {
    template: './src/index.html',
    favicon: './src/favicon.svg',
  },
  output: { sourceMap: false, legalComments: 'none' },
  performance: { printFileSize: { total: true, detail: false } },
  tools: {
    // Workspace packages are bundled from their sources.
    rspack: { resolve: { conditionNames: ['source', '...'] } },
  },
});
