import { Button, ConfigProvider, Dialog, Icon, Skeleton, Tag } from 'vant';
import type { App } from 'vue';
import 'vant/es/button/style';
import 'vant/es/config-provider/style';
import 'vant/es/dialog/style';
import 'vant/es/icon/style';
import 'vant/es/skeleton/style';
import 'vant/es/tag/style';

const PARTS = [Button, ConfigProvider, Dialog, Icon, Skeleton, Tag];

/** Only the parts of Vant in use, each with its own styles. */
export function registerVant(app: App): void {
  for (const part of PARTS) app.use(part);
}
