import { pluginModuleFederation } from '@module-federation/rsbuild-plugin';
import { defineConfig, type RsbuildConfig } from '@rsbuild/core';
import { pluginVue } from '@rsbuild/plugin-vue';
import { ownIconFont } from './own-icon-font.ts';

/** How every Vue remote is built: `folder` names it beneath `mfe/` and in its addresses. */
export function vueRemote(folder: string): RsbuildConfig {
  return defineConfig({
    plugins: [
      // Vue and its router stay out of chunks of their own: the next Vue remote shares them instead.
      pluginVue({ splitChunks: { vue: false, router: false } }),
      pluginModuleFederation({
        name: folder.replaceAll('-', '_'),
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
    output: { assetPrefix: `/mfe/${folder}/`, sourceMap: false, legalComments: 'none' },
    performance: { printFileSize: { total: true, detail: false } },
    tools: {
      htmlPlugin: false,
      postcss: (_options, { addPlugins }) => addPlugins(ownIconFont),
      // Workspace packages are bundled from their sources.
      rspack: { resolve: { conditionNames: ['source', '...'] } },
    },
  });
}
