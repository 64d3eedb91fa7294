import { VIEW_NAMES } from '@qingpu/contracts/http/updates';
import type { ViewDefinition } from '@qingpu/read-models-kernel/view';

export const slotPoolView: ViewDefinition = {
  name: VIEW_NAMES.slotPool,
  version: 1,
  collections: { schedules: [] },
};
