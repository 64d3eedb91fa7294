import type { DirectoryKind } from '@qingpu/contracts/events/institutions';
import type { Sealed } from '@qingpu/contracts/events/sealed';
import type {
  DirectoryEntry,
  DirectoryQuery,
  HistoryItem,
  RuleAnalysis,
  RuleVersionState,
  ruleVersionSchema,
  searchResultSchema,
} from '@qingpu/contracts/http/institutions';
import type { Page } from '@qingpu/contracts/http/paging';
import { bookingGuidance } from '@qingpu/contracts/rules/booking-guidance';
import { between, type PageRequest, pageShape, windowOf } from '@qingpu/read-models-kernel/paging';
import type { ViewReader } from '@qingpu/read-models-kernel/view-reader';
import type { ViewFilter } from '@qingpu/read-models-kernel/view-store';
import { DirectoryReader } from './directory-reader.ts';
import {
  entryFilter,
  publicFilter,
  seesEveryStatus,
  seesPersons,
  type Viewer,
  visibleTo,
} from './entry-filter.ts';
import { clinicDepartment, entryShape, idsNamedByEntry, summaryLine } from './entry-shapes.ts';
import { historyItem, idsNamedInHistory } from './history-items.ts';

import { analyseRules, type RuleInForce } from './rule-analysis.ts';
import { normalised, searchFilter } from './search-keys.ts';
import {
  type BookingRuleDocument,
  type DepartmentDocument,
  type EntryDocument,
  entryId,
  type HistoryDocument,
  type RuleVersionDocument,
} from './view.ts';

export type SearchResult = ReturnType<typeof searchResultSchema.parse>;
export type RuleVersion = ReturnType<typeof ruleVersionSchema.parse>;

/** A version of a rule as it is on file. */
export interface FiledRule extends RuleInForce {
  readonly filingNumber: string;
  readonly ruleVersion: number;
}

/** Kinds that a search over everything looks at, in the order of its answer. */
const SEARCHED_KINDS = ['institution', 'department', 'doctor', 'clinic', 'internetClinic'] as const;
const MAX_SEARCH_RESULTS = 50;

/** Answers about the directory of institutions, in the shapes of `contracts/http/institutions`. */
export class InstitutionDirectory {
  readonly #reader: DirectoryReader;

  constructor(reader: ViewReader) {
    this.#reader = new DirectoryReader(reader);
  }

  /** A page of one kind, ordered by the sound of the name. @throws PositionBeyondHead */
  async listEntries(
    kind: DirectoryKind,
    query: DirectoryQuery,
    viewer: Viewer,
  ): Promise<Page<DirectoryEntry>> {
    const window = windowOf(query);
    const fresh = await this.#reader.fresh(query.after);
    const filter = await this.#listFilter(kind, query, viewer);
    if (!filter) return pageShape(window, fresh, [], 0);
    const [found, total] = await Promise.all([
      this.#reader.view.find<EntryDocument>('entries', {
        filter,
        sort: { sortKey: 1 },
        skip: window.skip,
        limit: window.size,
      }),
      this.#reader.view.count('entries', filter),
    ]);
    return pageShape(window, fresh, await this.#shapes(found, viewer), total);
  }

  /** One entry, or undefined when there is none that the viewer may see. @throws PositionBeyondHead */
  async findEntry(
    kind: DirectoryKind,
    institutionCode: string,
    code: string,
    viewer: Viewer,
    after?: string,
  ): Promise<DirectoryEntry | undefined> {
    await this.#reader.fresh(after);
    const entry = await this.#reader.entry(kind, institutionCode, code);
    if (!entry || !(await this.#isVisible(entry, viewer))) return undefined;
    const [shape] = await this.#shapes([entry], viewer);
    return shape;
  }

  /** Published entries of all kinds by part of a name, pinyin, initials or start of a code: institutions, exact matches, others. */
  async search(q: string, limit: number): Promise<SearchResult> {
    const matching = searchFilter(q);
    if (!matching) return { items: [] };
    const most = between(limit, 1, MAX_SEARCH_RESULTS);
    const published = publicFilter(await this.#activeCodes());
    const find = (filter: ViewFilter) =>
      this.#reader.view.find<EntryDocument>('entries', {
        filter: { ...published, ...filter },
        sort: { sortKey: 1 },
        limit: most,
      });
    const [exact = [], ...byKind] = await Promise.all([
      find({ kind: { $in: SEARCHED_KINDS }, exactKeys: normalised(q) }),
      ...SEARCHED_KINDS.map((kind) => find({ kind, ...matching })),
    ]);
    const ranked = bestFirst(exact, byKind.flat()).slice(0, most);
    return { items: await this.#searchItems(ranked) };
  }

  /** The timeline of one entry, newest first, with what each change changed. @throws PositionBeyondHead */
  async historyOf(
    kind: DirectoryKind,
    institutionCode: string,
    code: string,
    request: PageRequest,
  ): Promise<Page<HistoryItem>> {
    const window = windowOf(request);
    const fresh = await this.#reader.fresh(request.after);
    const filter = { entryId: entryId(kind, institutionCode, code) };
    const [events, total] = await Promise.all([
      // One more than the page: the last line tells what it changed.
      this.#reader.view.find<HistoryDocument>('history', {
        filter,
        sort: { revision: -1 },
        skip: window.skip,
        limit: window.size + 1,
      }),
      this.#reader.view.count('history', filter),
    ]);
    const earlier = await this.#snapshotBefore(events);
    const known = earlier ? [...events, earlier] : events;
    const names = await this.#reader.names(idsNamedInHistory(known));
    const items = events.slice(0, window.size).map((event, index) => {
      const snapshot = known.slice(index + 1).find(({ details }) => details !== null);
      return historyItem(event, { event: events[index + 1], snapshot }, names);
    });
    return pageShape(window, fresh, items, total);
  }

  /** Filed versions of one booking rule, newest first. `today` is a date in Shanghai. @throws PositionBeyondHead */
  async ruleVersions(
    institutionCode: string,
    code: string,
    request: PageRequest,
    today: string,
  ): Promise<Page<RuleVersion>> {
    const window = windowOf(request);
    const fresh = await this.#reader.fresh(request.after);
    const filter = { entryId: entryId('bookingRule', institutionCode, code) };
    const [found, total, stateOf] = await Promise.all([
      this.#reader.view.find<RuleVersionDocument>('rule_versions', {
        filter,
        sort: { ruleVersion: -1 },
        skip: window.skip,
        limit: window.size,
      }),
      this.#reader.view.count('rule_versions', filter),
      this.#versionStates(institutionCode, code, today),
    ]);
    const items = found.map(({ ruleVersion, filingNumber, filedAt, details }) => ({
      ruleVersion,
      filingNumber,
      filedAt,
      state: stateOf(ruleVersion),
      details,
    }));
    return pageShape(window, fresh, items, total);
  }

  /** The rules in force at active institutions against the district's guidance (F2.04). `today` is a date in Shanghai. */
  async ruleAnalysis(today: string): Promise<RuleAnalysis> {
    const { asOf } = await this.#reader.fresh();
    const active = await this.#reader.activeInstitutions();
    const institutions = active
      .sort((a, b) => (a.sortKey < b.sortKey ? -1 : 1))
      .map(({ institutionCode, name }) => ({ institutionCode, institutionName: name }));
    const rules = await this.#rulesInForce(
      institutions.map(({ institutionCode }) => institutionCode),
      today,
    );
    return { asOf, date: today, ...analyseRules(institutions, rules, bookingGuidance) };
  }

  /** Names of entries by their ids (`entryId`); ids that the view does not have are missing. */
  namesOf(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    return this.#reader.names(ids);
  }

  /** A department and, when it is of the first level, those below it. */
  async departmentWithThoseBelow(code: string, institution: string | undefined): Promise<string[]> {
    const below = await this.#reader.all<DepartmentDocument>('entries', {
      kind: 'department',
      departmentCodes: code,
      ...(institution !== undefined && { institutionCode: institution }),
    });
    return [...new Set([code, ...below.map((department) => department.code)])];
  }

  /** An institution's rules in force on a day, YYYY-MM-DD: the newest version of each active rule that has begun. */
  async rulesInForce(institutionCode: string, date: string): Promise<readonly FiledRule[]> {
    const rules = await this.#rulesInForce([institutionCode], date);
    return rules.sort((one, other) => (one.ruleCode < other.ruleCode ? -1 : 1));
  }

  /** The sealed person of a doctor, to be opened for a stated purpose; undefined when unknown or erased. */
  async sealedPersonOf(institutionCode: string, code: string): Promise<Sealed | undefined> {
    const doctor = await this.#reader.entry('doctor', institutionCode, code);
    return doctor?.sealedPerson ?? undefined;
  }

  async #listFilter(
    kind: DirectoryKind,
    query: DirectoryQuery,
    viewer: Viewer,
  ): Promise<ViewFilter | undefined> {
    const filter = entryFilter(kind, query, await this.#departments(kind, query));
    return filter && { ...filter, ...visibleTo(viewer, query, await this.#activeCodes()) };
  }

  /** Who looks for a first-level department also means the second-level ones below it. */
  async #departments(kind: DirectoryKind, { department, institution }: DirectoryQuery): Promise<string[]> {
    if (department === undefined) return [];
    if (kind === 'department' || institution === undefined) return [department];
    const below = await this.#reader.all<DepartmentDocument>('entries', {
      kind: 'department',
      institutionCode: institution,
      departmentCodes: department,
    });
    return [department, ...below.map(({ code }) => code)];
  }

  async #activeCodes(): Promise<string[]> {
    return (await this.#reader.activeInstitutions()).map(({ institutionCode }) => institutionCode);
  }

  async #isVisible(entry: EntryDocument, viewer: Viewer): Promise<boolean> {
    if (seesEveryStatus(viewer, entry.institutionCode)) return true;
    if (entry.status !== 'active') return false;
    const institution = await this.#reader.entry('institution', entry.institutionCode, entry.institutionCode);
    return institution?.status === 'active';
  }

  async #shapes(entries: readonly EntryDocument[], viewer: Viewer): Promise<DirectoryEntry[]> {
    const names = await this.#reader.names(entries.flatMap(idsNamedByEntry));
    return entries.map((entry) => entryShape(entry, names, seesPersons(viewer, entry.institutionCode)));
  }

  async #searchItems(entries: readonly EntryDocument[]): Promise<SearchResult['items']> {
    const names = await this.#reader.names(entries.flatMap(idsNamedByEntry));
    return entries.map((entry) => ({
      kind: entry.kind,
      institutionCode: entry.institutionCode,
      code: entry.code,
      name: entry.name,
      institutionName:
        names.get(entryId('institution', entry.institutionCode, entry.institutionCode)) ??
        entry.institutionCode,
      departmentCode: clinicDepartment(entry),
      summary: summaryLine(entry, names),
    }));
  }

  /** The last snapshot older than these events, when they do not hold it themselves. */
  async #snapshotBefore(events: readonly HistoryDocument[]): Promise<HistoryDocument | undefined> {
    const oldest = events.at(-1);
    if (!oldest || oldest.details !== null) return undefined;
    const [snapshot] = await this.#reader.view.find<HistoryDocument>('history', {
      filter: { entryId: oldest.entryId, revision: { $lt: oldest.revision }, details: { $ne: null } },
      sort: { revision: -1 },
      limit: 1,
    });
    return snapshot;
  }

  /** Tells the state of each version of a rule: the newest that has begun decides. */
  async #versionStates(
    institutionCode: string,
    code: string,
    today: string,
  ): Promise<(ruleVersion: number) => RuleVersionState> {
    const rule = await this.#reader.entry('bookingRule', institutionCode, code);
    const [newest] = await this.#reader.view.find<RuleVersionDocument>('rule_versions', {
      filter: {
        entryId: entryId('bookingRule', institutionCode, code),
        effectiveFrom: { $lte: today },
      },
      sort: { ruleVersion: -1 },
      limit: 1,
    });
    const begun = newest?.ruleVersion ?? 0;
    return (ruleVersion) => {
      if (ruleVersion > begun) return 'upcoming';
      return ruleVersion === begun && rule?.status === 'active' ? 'inForce' : 'superseded';
    };
  }

  async #rulesInForce(institutionCodes: readonly string[], today: string): Promise<FiledRule[]> {
    const rules = await this.#reader.among<BookingRuleDocument>(
      'entries',
      'institutionCode',
      institutionCodes,
      {
        kind: 'bookingRule',
        status: 'active',
      },
    );
    const begun = await this.#reader.among<RuleVersionDocument>(
      'rule_versions',
      'entryId',
      rules.map(({ _id }) => _id),
      { effectiveFrom: { $lte: today } },
    );
    const newest = new Map<string, RuleVersionDocument>();
    for (const version of begun) {
      if (version.ruleVersion > (newest.get(version.entryId)?.ruleVersion ?? 0))
        newest.set(version.entryId, version);
    }
    return rules.flatMap(({ _id, institutionCode, code }) => {
      const version = newest.get(_id);
      if (!version) return [];
      const { filingNumber, ruleVersion, details } = version;
      return [{ institutionCode, ruleCode: code, filingNumber, ruleVersion, details }];
    });
  }
}

/** Institutions first, then exact matches, then the rest; nothing twice. */
function bestFirst(exact: readonly EntryDocument[], matching: readonly EntryDocument[]): EntryDocument[] {
  const isInstitution = ({ kind }: EntryDocument) => kind === 'institution';
  const ranked = [...exact.filter(isInstitution), ...matching.filter(isInstitution), ...exact, ...matching];
  return [...new Map(ranked.map((entry) => [entry._id, entry])).values()];
}
