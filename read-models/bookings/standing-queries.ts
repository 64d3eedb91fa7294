import { codesOf } from '@qingpu/contracts/codes/directory-tables';
import { BLOCK_KINDS, type BlockKind } from '@qingpu/contracts/codes/slot-tables';
import type { Page } from '@qingpu/contracts/http/paging';
import { type PageRequest, pageShape, windowOf } from '@qingpu/read-models-kernel/paging';
import { allAmong, allOf } from '@qingpu/read-models-kernel/readings';
import type { Freshness, ViewReader } from '@qingpu/read-models-kernel/view-reader';
import type { ViewFilter } from '@qingpu/read-models-kernel/view-store';
import { type BookingLine, bookingLine } from './lines.ts';
import type {
  AppealDocument,
  BlockDocument,
  BookingDocument,
  RightsSuspension,
  StandingDocument,
} from './view.ts';

/** Most missed visits, blocks and appeals of one person that an answer holds, the newest ones. */
const MAX_OF_PERSON = 100;
/** Most appeals that a list for one institution looks through. */
const MAX_APPEALS_READ = 5_000;
/** Most blocks of one source that are compared with its own list. */
const MAX_BLOCKS_READ = 20_000;

export type AppealState = AppealDocument['state'];
export type Appealed = 'none' | AppealState;

export interface BlockLine {
  readonly blockId: string;
  readonly personId: string;
  readonly kind: BlockKind;
  /** An institution's code, or `district`. */
  readonly source: string;
  readonly scope: string;
  /** Whether it came by the rule for no-shows; to lift it is to restore the person's rights. */
  readonly automatic: boolean;
  readonly reason: string;
  readonly from: string;
  readonly until: string | null;
  readonly state: 'inForce' | 'over' | 'lifted';
  readonly liftedReason: string | null;
}

export interface PersonStanding extends Freshness {
  /** Suspensions in force on that day, the one that lasts longest first. */
  readonly suspensions: readonly RightsSuspension[];
  /** Why the right was given back last; null when it never was. */
  readonly restored: { readonly cause: string; readonly reason: string; readonly at: string } | null;
  /** Visits that were missed or called off too late, newest first, with what became of an appeal. */
  readonly broken: readonly (BookingLine & { readonly appeal: Appealed })[];
  readonly blocks: readonly (BlockLine & { readonly appeal: Appealed })[];
}

export interface BlockFilter {
  readonly kind?: BlockKind | undefined;
  readonly state?: BlockLine['state'] | 'all' | undefined;
  /** The host finds persons by what names them. */
  readonly persons?: readonly string[] | undefined;
  /** Only what concerns this institution: blocks that it made, or that hold there. */
  readonly institution?: string | undefined;
}

/** An appeal as the desk sees it; the host opens the statement for whoever may read it. */
export interface AppealLine
  extends Pick<
    AppealDocument,
    'personId' | 'subject' | 'statement' | 'filedAt' | 'state' | 'decisionReason'
  > {
  readonly appealId: string;
  /** What the appeal is about; null when the view does not have it yet. */
  readonly booking: BookingLine | null;
  readonly block: BlockLine | null;
}

/** Answers about persons' rights to book, the black list and appeals. `today` is a date in Shanghai. */
export class Standings {
  readonly #reader: ViewReader;

  constructor(reader: ViewReader) {
    this.#reader = reader;
  }

  /** What stands against a person, and nothing of anybody else (F3.07). @throws PositionBeyondHead */
  async of(personId: string, today: string, after?: string): Promise<PersonStanding> {
    const fresh = await this.#fresh(after);
    const [standing, broken, blocks, appeals] = await Promise.all([
      this.#reader.findOne<StandingDocument>('standings', personId),
      this.#reader.find<BookingDocument>('bookings', {
        filter: { 'booking.personId': personId, outcome: { $in: ['noShow', 'lateCancelled'] } },
        sort: { visitKey: -1 },
        limit: MAX_OF_PERSON,
      }),
      this.#reader.find<BlockDocument>('blocks', {
        // What the rule for no-shows did is said as a suspension already.
        filter: { personId, automatic: false, ...inForce(today) },
        sort: { listKey: -1 },
        limit: MAX_OF_PERSON,
      }),
      this.#reader.find<AppealDocument>('appeals', {
        filter: { personId },
        sort: { listKey: -1 },
        limit: MAX_OF_PERSON,
      }),
    ]);
    const appealOn = (id: string) => appeals.find(({ subject }) => subject.id === id)?.state ?? 'none';
    return {
      ...fresh,
      suspensions: suspensionsInForce(standing, today),
      restored: standing?.restored ?? null,
      broken: broken.map((document) => ({ ...bookingLine(document), appeal: appealOn(document._id) })),
      blocks: blocks.map((document) => ({ ...blockLine(document, today), appeal: appealOn(document._id) })),
    };
  }

  /** Entries of the black list, the newest first (A5.24, A5.25). @throws PositionBeyondHead */
  async blocks(filter: BlockFilter, request: PageRequest, today: string): Promise<Page<BlockLine>> {
    const { kind, state = 'all', persons, institution } = filter;
    const scopes = [institution, 'district'];
    const wanted: ViewFilter = {
      $and: [
        STATE_FILTERS[state](today),
        { kind: kind ?? { $in: codesOf(BLOCK_KINDS) } },
        persons === undefined ? {} : { personId: { $in: persons } },
        institution === undefined ? {} : { $or: [{ source: institution }, { scope: { $in: scopes } }] },
      ],
    };
    const window = windowOf(request);
    const fresh = await this.#fresh(request.after);
    const [found, total] = await Promise.all([
      this.#reader.find<BlockDocument>('blocks', {
        filter: wanted,
        sort: { listKey: -1 },
        skip: window.skip,
        limit: window.size,
      }),
      this.#reader.count('blocks', wanted),
    ]);
    return pageShape(
      window,
      fresh,
      found.map((document) => blockLine(document, today)),
      total,
    );
  }

  /**
   * Blocks of one source, an institution's code or `district`: those in force, and those lifted for that reason. An
   * answer that is stale may miss some. @throws PositionBeyondHead, SearchTooWide
   */
  async madeBy(
    source: string,
    liftedReason: string,
    today: string,
    after: string,
  ): Promise<{ readonly items: readonly BlockLine[] } & Freshness> {
    const fresh = await this.#fresh(after);
    const wanted = { source, automatic: false, $or: [{ lifted: true, liftedReason }, inForce(today)] };
    const most = { most: MAX_BLOCKS_READ };
    const found = await allOf<BlockDocument>(this.#reader, 'blocks', wanted, most);
    return { ...fresh, items: found.map((document) => blockLine(document, today)) };
  }

  /** Waits, bounded, until the view has what the log says up to there. @throws PositionBeyondHead */
  caughtUp(after: string): Promise<Freshness> {
    return this.#fresh(after);
  }

  async block(blockId: string, today: string): Promise<BlockLine | undefined> {
    const document = await this.#reader.findOne<BlockDocument>('blocks', blockId);
    return document?.kind && blockLine(document, today);
  }

  /**
   * Appeals, the newest first. With an institution, those against its bookings and its blocks.
   * @throws PositionBeyondHead, SearchTooWide
   */
  async appeals(
    filter: { readonly state?: AppealState | undefined; readonly institution?: string | undefined },
    request: PageRequest,
    today: string,
  ): Promise<Page<AppealLine>> {
    const { state, institution } = filter;
    const wanted: ViewFilter = state === undefined ? {} : { state };
    const window = windowOf(request);
    const fresh = await this.#fresh(request.after);
    if (institution !== undefined) {
      const all = await allOf<AppealDocument>(this.#reader, 'appeals', wanted, {
        by: 'listKey',
        direction: -1,
        most: MAX_APPEALS_READ,
      });
      const own = (await this.#lines(all, today)).filter((line) => concerns(line, institution));
      return pageShape(window, fresh, own.slice(window.skip, window.skip + window.size), own.length);
    }
    const [found, total] = await Promise.all([
      this.#reader.find<AppealDocument>('appeals', {
        filter: wanted,
        sort: { listKey: -1 },
        skip: window.skip,
        limit: window.size,
      }),
      this.#reader.count('appeals', wanted),
    ]);
    return pageShape(window, fresh, await this.#lines(found, today), total);
  }

  async appeal(appealId: string, today: string): Promise<AppealLine | undefined> {
    const document = await this.#reader.findOne<AppealDocument>('appeals', appealId);
    const [line] = document ? await this.#lines([document], today) : [];
    return line;
  }

  async #lines(documents: readonly AppealDocument[], today: string): Promise<AppealLine[]> {
    const idsOf = (kind: 'booking' | 'block') =>
      documents.flatMap(({ subject }) => (subject.kind === kind ? [subject.id] : []));
    const [bookings, blocks] = await Promise.all([
      allAmong<BookingDocument>(this.#reader, 'bookings', '_id', idsOf('booking')),
      allAmong<BlockDocument>(this.#reader, 'blocks', '_id', idsOf('block')),
    ]);
    const bookingOf = new Map(bookings.map((document) => [document._id, bookingLine(document)]));
    const blockOf = new Map(blocks.map((document) => [document._id, blockLine(document, today)]));
    return documents.map(({ _id, personId, subject, statement, filedAt, state, decisionReason }) => ({
      appealId: _id,
      personId,
      subject,
      statement,
      filedAt,
      state,
      decisionReason,
      booking: bookingOf.get(subject.id) ?? null,
      block: blockOf.get(subject.id) ?? null,
    }));
  }

  #fresh(after: string | undefined): Promise<Freshness> {
    return this.#reader.freshness(after === undefined ? undefined : BigInt(after));
  }
}

function suspensionsInForce(standing: StandingDocument | undefined, today: string): RightsSuspension[] {
  const restoredAt = standing?.restored?.position ?? -1n;
  return Object.values(standing?.suspensions ?? {})
    .filter(({ until, position }) => until > today && position > restoredAt)
    .sort((a, b) => (a.until > b.until ? -1 : 1));
}

function blockLine(document: BlockDocument, today: string): BlockLine {
  const { _id, personId, kind, source, scope, automatic, reason, from, until, lifted, liftedReason } =
    document;
  const over = until !== null && until <= today;
  const state = lifted ? 'lifted' : over ? 'over' : 'inForce';
  return { blockId: _id, personId, kind, source, scope, automatic, reason, from, until, state, liftedReason };
}

function inForce(today: string): ViewFilter {
  return { lifted: false, $or: [{ until: null }, { until: { $gt: today } }] };
}

const STATE_FILTERS: Readonly<Record<BlockLine['state'] | 'all', (today: string) => ViewFilter>> = {
  inForce,
  over: (today) => ({ lifted: false, until: { $lte: today } }),
  lifted: () => ({ lifted: true }),
  all: () => ({}),
};

function concerns({ booking, block }: AppealLine, institution: string): boolean {
  return booking?.slot.institutionCode === institution || block?.source === institution;
}
