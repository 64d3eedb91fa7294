import { VIEW_NAMES } from '@qingpu/contracts/http/updates';
import type { ViewDefinition } from '@qingpu/read-models-kernel/view';

export const residentsView: ViewDefinition = {
  name: VIEW_NAMES.residents,
  version: 1,
  collections: { persons: [], accounts: [] },
};
