import { portalApp } from '@qingpu/mfe-kit/vue/portal-app';
import App from './App.vue';
import { provideContext } from './context.ts';
import { routes } from './routes.ts';
import { registerVant } from './vant.ts';

export const { bootstrap, mount, unmount } = portalApp({
  root: App,
  routes,
  setUp(app, props) {
    provideContext(app, props);
    registerVant(app);
  },
});
