import {
  changeResultSchema,
  type changeSchemas,
  disclosedPersonSchema,
  historyPageSchema,
  ruleAnalysisSchema,
  ruleVersionPageSchema,
} from '@qingpu/contracts/http/institutions';
import type { ApiClient } from '@qingpu/mfe-kit/api-client';
import {
  createDirectoryReader,
  type DirectoryReader,
  type EntryKey,
  entryPath,
  type Kind,
} from '@qingpu/mfe-kit/directory';
import type { Submission } from '@qingpu/mfe-kit/submission';

export type Change = (typeof changeSchemas)[Kind]['_output'];
export type ChangeResult = (typeof changeResultSchema)['_output'];
export type DisclosedPerson = (typeof disclosedPersonSchema)['_output'];
export type HistoryPage = (typeof historyPageSchema)['_output'];
export type RuleVersionPage = (typeof ruleVersionPageSchema)['_output'];
export type Analysis = (typeof ruleAnalysisSchema)['_output'];

/** What can be done to an entry for a reason. */
export type Act = 'deactivation' | 'reactivation' | 'erasure';

const HISTORY_SIZE = 20;

export interface DeskApi extends DirectoryReader {
  /** Changes an entry, or makes a new one when `revision` is undefined. Booking rules get a new version. */
  change(target: Target, change: Change, submission: Submission): Promise<ChangeResult>;
  act(act: Act, target: Target, reason: string, submission: Submission): Promise<ChangeResult>;
  disclose(key: EntryKey, purpose: string): Promise<DisclosedPerson>;
  history(kind: Kind, key: EntryKey, page: number, signal: AbortSignal): Promise<HistoryPage>;
  ruleVersions(key: EntryKey, page: number, signal: AbortSignal): Promise<RuleVersionPage>;
  analysis(signal: AbortSignal): Promise<Analysis>;
}

/** The entry a write is meant for, with the revision that was read; undefined for a new entry. */
export interface Target {
  readonly kind: Kind;
  readonly key: EntryKey;
  readonly revision: number | undefined;
}

export function createDeskApi(api: ApiClient): DeskApi {
  return {
    ...createDirectoryReader(api),
    change: ({ kind, key, revision }, body, submission) =>
      api.write('PUT', entryPath(kind, key), changeResultSchema, {
        body,
        submission,
        ...(revision === undefined ? { ifNew: true } : { ifRevision: revision }),
      }),
    act: (act, { kind, key, revision }, reason, submission) =>
      api.write('POST', `${entryPath(kind, key)}/${act}`, changeResultSchema, {
        body: { reason },
        submission,
        ...(revision === undefined ? {} : { ifRevision: revision }),
      }),
    disclose: (key, purpose) =>
      api.write('POST', `${entryPath('doctor', key)}/disclosure`, disclosedPersonSchema, {
        body: { purpose },
      }),
    history: (kind, key, page, signal) =>
      api.read(`${entryPath(kind, key)}/history`, historyPageSchema, {
        query: { page, size: HISTORY_SIZE },
        signal,
      }),
    ruleVersions: (key, page, signal) =>
      api.read(`${entryPath('bookingRule', key)}/versions`, ruleVersionPageSchema, {
        query: { page, size: HISTORY_SIZE },
        signal,
      }),
    analysis: (signal) => api.read('/api/directory/booking-rules/analysis', ruleAnalysisSchema, { signal }),
  };
}
