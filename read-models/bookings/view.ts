import { VIEW_NAMES } from '@qingpu/contracts/http/updates';
import type { ViewDefinition } from '@qingpu/read-models-kernel/view';

export const bookingsView: ViewDefinition = {
  name: VIEW_NAMES.bookings,
  version: 1,
  collections: { bookings: [] },
};
