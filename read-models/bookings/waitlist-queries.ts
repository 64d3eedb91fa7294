import type { Page } from '@qingpu/contracts/http/paging';
import { type PageRequest, pageShape, windowOf } from '@qingpu/read-models-kernel/paging';
import type { Freshness, ViewReader } from '@qingpu/read-models-kernel/view-reader';
import type { WaitlistDocument } from './view.ts';

export interface WaitlistLine {
  readonly entryId: string;
  readonly institutionCode: string;
  readonly scheduleId: string;
  readonly personId: string;
  readonly start: string | null;
  /** The host says `over` as well when the schedule is. */
  readonly state: WaitlistDocument['state'];
  /** How many of the same schedule wait before this one; 0 once it no longer waits. */
  readonly ahead: number;
  readonly offer: WaitlistDocument['offer'];
}

/** Answers about waiting lists. */
export class Waitlists {
  readonly #reader: ViewReader;

  constructor(reader: ViewReader) {
    this.#reader = reader;
  }

  /** What these persons wait for, or waited for; the newest first. @throws PositionBeyondHead */
  async ofPersons(personIds: readonly string[], request: PageRequest): Promise<Page<WaitlistLine>> {
    const window = windowOf(request);
    const fresh = await this.#fresh(request.after);
    const filter = { personId: { $in: personIds } };
    const [found, total] = await Promise.all([
      this.#reader.find<WaitlistDocument>('waitlist', {
        filter,
        sort: { joinedAt: -1 },
        skip: window.skip,
        limit: window.size,
      }),
      this.#reader.count('waitlist', filter),
    ]);
    const items = await Promise.all(found.map((document) => this.#line(document)));
    return pageShape(window, fresh, items, total);
  }

  async entry(entryId: string): Promise<WaitlistLine | undefined> {
    const document = await this.#reader.findOne<WaitlistDocument>('waitlist', entryId);
    return document && this.#line(document);
  }

  async #line(document: WaitlistDocument): Promise<WaitlistLine> {
    const { _id, institutionCode, scheduleId, personId, start, state, joinedAt, offer } = document;
    const before = {
      institutionCode,
      scheduleId,
      state: { $in: ['waiting', 'offered'] },
      joinedAt: { $lt: joinedAt },
    };
    const ahead = state === 'waiting' ? await this.#reader.count('waitlist', before) : 0;
    return { entryId: _id, institutionCode, scheduleId, personId, start, state, ahead, offer };
  }

  #fresh(after: string | undefined): Promise<Freshness> {
    return this.#reader.freshness(after === undefined ? undefined : BigInt(after));
  }
}
