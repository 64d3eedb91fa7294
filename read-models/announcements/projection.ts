import { type AnnouncementEvent, announcementEvents } from '@qingpu/contracts/events/slots';
import type { EventPlace, Projection } from '@qingpu/read-models-kernel/view';
import { announcementsView } from './view.ts';

/** Folds what residents are told about booking. */
export const announcements: Projection<typeof announcementEvents> = {
  view: announcementsView,
  catalogue: announcementEvents,
  async project(event, place) {
    const { revision } = place;
    return [
      {
        collection: 'announcements',
        id: event.data.announcementId,
        guard: BigInt(revision),
        set: { ...fields(event, place), revision },
      },
    ];
  },
};

function fields(event: AnnouncementEvent, { metadata }: EventPlace): Readonly<Record<string, unknown>> {
  switch (event.type) {
    case 'AnnouncementPublished':
      return { ...textFields(event.data), publishedAt: metadata.occurredAt, withdrawn: false };
    case 'AnnouncementRevised':
      return textFields(event.data);
    case 'AnnouncementWithdrawn':
      return { withdrawn: true };
  }
}

function textFields({
  announcementId,
  ...text
}: Extract<AnnouncementEvent, { type: 'AnnouncementPublished' }>['data']) {
  const from = Date.parse(text.shownFrom);
  const until = text.shownUntil === null ? null : Date.parse(text.shownUntil);
  return { ...text, from, until, listKey: `${new Date(from).toISOString()} ${announcementId}` };
}
