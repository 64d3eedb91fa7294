import type { AnnouncementKind } from '@qingpu/contracts/codes/slot-tables';
import type { Page } from '@qingpu/contracts/http/paging';
import type { Announcement } from '@qingpu/contracts/http/slots';
import { type PageRequest, pageShape, windowOf } from '@qingpu/read-models-kernel/paging';
import type { Freshness, ViewReader } from '@qingpu/read-models-kernel/view-reader';
import type { ViewFilter } from '@qingpu/read-models-kernel/view-store';
import type { AnnouncementDocument } from './view.ts';

/** An announcement without the institution's name, which the host joins. */
export type AnnouncementLine = Omit<Announcement, 'institutionName'>;

export interface AnnouncementFilter {
  /** What concerns this institution: its own and the whole district's. */
  readonly institution?: string | undefined;
  readonly kind?: AnnouncementKind | undefined;
}

/** Answers about announcements (F3.08). */
export class Announcements {
  readonly #reader: ViewReader;

  constructor(reader: ViewReader) {
    this.#reader = reader;
  }

  /** What is shown at that instant, the newest first. @throws PositionBeyondHead */
  shown(filter: AnnouncementFilter, request: PageRequest, now: Date): Promise<Page<AnnouncementLine>> {
    const at = now.getTime();
    const open = { $or: [{ until: null }, { until: { $gt: at } }] };
    // Keys begin with the time in UTC, and `~` comes after the space behind it.
    const begun = { listKey: { $lt: `${now.toISOString()}~` } };
    return this.#page({ $and: [{ withdrawn: false, ...begun }, open, filterOf(filter)] }, request, now);
  }

  /** All of them, also those to come, past and withdrawn. @throws PositionBeyondHead */
  all(filter: AnnouncementFilter, request: PageRequest, now: Date): Promise<Page<AnnouncementLine>> {
    return this.#page(filterOf(filter), request, now);
  }

  async find(
    announcementId: string,
    now: Date,
    after?: string,
  ): Promise<(AnnouncementLine & Freshness) | undefined> {
    const fresh = await this.#fresh(after);
    const document = await this.#reader.findOne<AnnouncementDocument>('announcements', announcementId);
    return document && { ...lineOf(document, now), ...fresh };
  }

  async #page(filter: ViewFilter, request: PageRequest, now: Date): Promise<Page<AnnouncementLine>> {
    const window = windowOf(request);
    const fresh = await this.#fresh(request.after);
    const [found, total] = await Promise.all([
      this.#reader.find<AnnouncementDocument>('announcements', {
        filter,
        sort: { listKey: -1 },
        skip: window.skip,
        limit: window.size,
      }),
      this.#reader.count('announcements', filter),
    ]);
    return pageShape(
      window,
      fresh,
      found.map((document) => lineOf(document, now)),
      total,
    );
  }

  #fresh(after: string | undefined): Promise<Freshness> {
    return this.#reader.freshness(after === undefined ? undefined : BigInt(after));
  }
}

function filterOf({ institution, kind }: AnnouncementFilter): ViewFilter {
  return {
    ...(institution !== undefined && { institutionCode: { $in: [institution, null] } }),
    ...(kind !== undefined && { kind }),
  };
}

function lineOf(document: AnnouncementDocument, now: Date): AnnouncementLine {
  const { _id, kind, title, body, institutionCode, scheduleId } = document;
  const { publishedAt, shownFrom, shownUntil, revision } = document;
  const state = stateOf(document, now.getTime());
  const what = { announcementId: _id, kind, title, body, institutionCode, scheduleId };
  return { ...what, publishedAt, shownFrom, shownUntil, state, revision };
}

function stateOf({ withdrawn, from, until }: AnnouncementDocument, now: number): AnnouncementLine['state'] {
  if (withdrawn) return 'withdrawn';
  if (from > now) return 'later';
  return until !== null && until <= now ? 'past' : 'shown';
}
