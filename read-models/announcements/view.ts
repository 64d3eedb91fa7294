import { VIEW_NAMES } from '@qingpu/contracts/http/updates';
import type { ViewDefinition } from '@qingpu/read-models-kernel/view';

export const announcementsView: ViewDefinition = {
  name: VIEW_NAMES.announcements,
  version: 1,
  collections: { announcements: [] },
};
