import '../strict-csp.ts';
import singleSpaVue from 'single-spa-vue';
import { type App, type Component, createApp, h } from 'vue';
import { createRouter, createWebHistory, type RouteRecordRaw, type Router } from 'vue-router';
import type { RemoteProps } from '../remote-props.ts';

export interface PortalApp {
  readonly root: Component;
  readonly routes: readonly RouteRecordRaw[];
  /** Provides what the module's parts inject, and registers its components. */
  readonly setUp: (app: App, props: RemoteProps) => void;
}

const ELSEWHERE = { render: () => null };

/** Each mount gets a router of its own; it is taken off the window again when the module leaves. */
function createPortalRouter(routes: readonly RouteRecordRaw[], onFailure: () => void): Router {
  const router = createRouter({
    history: createWebHistory('/'),
    // While the person leaves for another module, this router still sees the address.
    routes: [...routes, { path: '/:elsewhere(.*)*', component: ELSEWHERE }],
    scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
  });
  // The page's code could not be fetched: the person stays where they are and is told.
  router.onError(onFailure);
  router.afterEach((to) => {
    if (typeof to.meta.title === 'string') document.title = `${to.meta.title} · 健康青浦`;
  });
  return router;
}

/** A module of the residents' portal as single-spa wants it. */
export function portalApp({ root, routes, setUp }: PortalApp) {
  let router: Router | undefined;
  const lifecycles = singleSpaVue({
    createApp,
    appOptions: async () => ({ render: () => h(root) }),
    async handleInstance(app: ReturnType<typeof createApp>, props: RemoteProps) {
      router = createPortalRouter(routes, () => props.toast('页面没有打开，请检查网络后再点一次', 'error'));
      setUp(app, props);
      app.use(router);
      await router.isReady();
    },
  });
  return {
    bootstrap: lifecycles.bootstrap,
    mount: lifecycles.mount,
    /** The router listens to the window: left alone, it would answer to addresses of other modules. */
    async unmount(props: RemoteProps): Promise<void> {
      await lifecycles.unmount(props);
      router?.options.history.destroy();
      router = undefined;
    },
  };
}
