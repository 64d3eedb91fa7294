import type { AnnouncementKind } from '@qingpu/contracts/codes/slot-tables';
import { VIEW_NAMES } from '@qingpu/contracts/http/updates';
import type { ViewDefinition } from '@qingpu/read-models-kernel/view';
import type { ViewDocument } from '@qingpu/read-models-kernel/view-store';

/** One announcement; `_id` is its id, `guard` its revision. */
export interface AnnouncementDocument extends ViewDocument {
  readonly kind: AnnouncementKind;
  readonly title: string;
  readonly body: string;
  /** Null: the whole district. */
  readonly institutionCode: string | null;
  readonly scheduleId: string | null;
  readonly publishedAt: string;
  readonly shownFrom: string;
  readonly shownUntil: string | null;
  /** The two above in milliseconds since 1970; null: without end. */
  readonly from: number;
  readonly until: number | null;
  readonly withdrawn: boolean;
  /** Orders lists: when it is shown first, in UTC, and its id. */
  readonly listKey: string;
  readonly revision: number;
}

export const announcementsView: ViewDefinition = {
  name: VIEW_NAMES.announcements,
  version: 1,
  collections: {
    announcements: [
      { keys: { listKey: 1 } },
      { keys: { withdrawn: 1, listKey: 1 } },
      { keys: { institutionCode: 1, listKey: 1 } },
    ],
  },
};
