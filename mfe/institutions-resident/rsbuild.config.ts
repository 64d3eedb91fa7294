import { pluginModuleFederation } from '@module-federation/rsbuild-plugin';
import { defineConfig } from '@rsbuild/core';
import { pluginVue } from '@rsbuild/plugin-vue';
import { ownIconFont } from './build/own-icon-font.ts';

export default defineConfig({
  plugins: [
    // Vue and its router stay out of chunks of their own: the next Vue remote shares them instead.
    pluginVue({ splitChunks: { vue: false, router: false } }),
    pluginModuleFederation({
      name: 'institutions_resident',
      filename: 'remoteEntry.[contenthash:8].js',
      exposes: { './app': './src/app.ts' },
      shared: { vue: { singleton: true }, 'vue-router': { singleton: true } },
      shareStrategy: 'loaded-first',
      dts: false,
      manifest: false,
    }),
  ],
  source: {
    // The federation entry is the only entry.
    entry: {},
    define: { __VUE_OPTIONS_API__: true, __VUE_PROD_DEVTOOLS__: false },
  },
  output: { assetPrefix: '/mfe/institutions-resident/', sourceMap: false, legalComments: 'none' },
  performance: { printFileSize: { total: true, detail: false } },
  tools: {
    htmlPlugin: false,
    postcss: (_options, { addPlugins }) => addPlugins(ownIconFont),
    // Workspace packages are bundled from their sources.
    rspack: { resolve: { conditionNames: ['source', '...'] } },
  },
});
