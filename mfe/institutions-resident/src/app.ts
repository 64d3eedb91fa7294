import '@qingpu/mfe-kit/strict-csp';
import type { RemoteProps } from '@qingpu/mfe-kit/remote-props';
import singleSpaVue from 'single-spa-vue';
import { createApp, h } from 'vue';
import type { Router } from 'vue-router';
import App from './App.vue';
import { provideContext } from './context.ts';
import { createPortalRouter } from './routes.ts';
import { registerVant } from './vant.ts';

let router: Router | undefined;

const lifecycles = singleSpaVue({
  createApp,
  appOptions: async () => ({ render: () => h(App) }),
  async handleInstance(app: ReturnType<typeof createApp>, props: RemoteProps) {
    router = createPortalRouter(() => props.toast('页面没有打开，请检查网络后再点一次', 'error'));
    provideContext(app, props);
    registerVant(app);
    app.use(router);
    await router.isReady();
  },
});

export const { bootstrap, mount } = lifecycles;

/** The router listens to the window: left alone, it would answer to addresses of other modules. */
export async function unmount(props: RemoteProps): Promise<void> {
  await lifecycles.unmount(props);
  router?.options.history.destroy();
  router = undefined;
}
