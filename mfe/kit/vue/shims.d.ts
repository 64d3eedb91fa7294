declare module '*.css';

declare module 'vant/es/*/style';

/** The types that come with single-spa-vue leave callbacks untyped. */
declare module 'single-spa-vue' {
  import type { RemoteProps } from '@qingpu/mfe-kit/remote-props';
  import type { App, Component, createApp } from 'vue';

  type LifeCycle = (props: RemoteProps) => Promise<unknown>;
  export default function singleSpaVue(options: {
    createApp: typeof createApp;
    appOptions: (props: RemoteProps) => Promise<Component>;
    handleInstance: (app: App, props: RemoteProps) => Promise<void>;
  }): { bootstrap: LifeCycle; mount: LifeCycle; unmount: LifeCycle; update: LifeCycle };
}
