import { Button, Cell, CellGroup, ConfigProvider, Empty, Icon, Search, Skeleton, Tag } from 'vant';
import type { App } from 'vue';
import 'vant/es/button/style';
import 'vant/es/cell/style';
import 'vant/es/cell-group/style';
import 'vant/es/config-provider/style';
import 'vant/es/empty/style';
import 'vant/es/icon/style';
import 'vant/es/search/style';
import 'vant/es/skeleton/style';
import 'vant/es/tag/style';

const PARTS = [Button, Cell, CellGroup, ConfigProvider, Empty, Icon, Search, Skeleton, Tag];

/** Only the parts of Vant in use, each with its own styles. */
export function registerVant(app: App): void {
  for (const part of PARTS) app.use(part);
}
