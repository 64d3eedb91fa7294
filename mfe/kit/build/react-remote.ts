import { pluginModuleFederation } from '@module-federation/rsbuild-plugin';
import { defineConfig, type RsbuildConfig } from '@rsbuild/core';
import { pluginReact } from '@rsbuild/plugin-react';

/** How every React remote is built: `folder` names it beneath `mfe/` and in its addresses. */
export function reactRemote(folder: string): RsbuildConfig {
  return defineConfig({
    plugins: [
      pluginReact({ splitChunks: { react: false, router: false } }),
      pluginModuleFederation({
        name: folder.replaceAll('-', '_'),
        filename: 'remoteEntry.[contenthash:8].js',
        exposes: { './app': './src/app.tsx' },
        shared: {
          react: { singleton: true },
          'react-dom': { singleton: true },
          'react-dom/client': { singleton: true },
        },
        shareStrategy: 'loaded-first',
        dts: false,
        manifest: false,
      }),
    ],
    // The federation entry is the only entry.
    source: { entry: {} },
    output: { assetPrefix: `/mfe/${folder}/`, sourceMap: false, legalComments: 'none' },
    performance: { printFileSize: { total: true, detail: false } },
    tools: {
      htmlPlugin: false,
      // Workspace packages are bundled from their sources.
      rspack: { resolve: { conditionNames: ['source', '...'] } },
    },
  });
}
