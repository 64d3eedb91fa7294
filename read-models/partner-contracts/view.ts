import type {
  ContractInterface,
  ContractKind,
  ContractStanding,
} from '@qingpu/contracts/codes/partner-contracts';
import { VIEW_NAMES } from '@qingpu/contracts/http/updates';
import type { ViewDefinition } from '@qingpu/read-models-kernel/view';
import type { ViewDocument } from '@qingpu/read-models-kernel/view-store';

export interface StoredLine {
  readonly standing?: ContractStanding;
  /** Of the contract's stream, when it failed last. */
  readonly failedRevision?: number;
  readonly verifiedAt?: string;
  readonly failedAt?: string;
  readonly fault?: string | null;
  readonly failures?: number;
}

/** What is known of one kind; `held` says why a manager withholds it, null once lifted. */
export interface StoredKind {
  readonly transmittedAt?: string;
  readonly refusedAt?: string;
  readonly held?: string | null;
  /** Of the contract's stream, when a manager let slots be offered again: what had failed before is excused. */
  readonly excusedRevision?: number;
  readonly lines?: Readonly<Partial<Record<ContractInterface, StoredLine>>>;
}

/** One hospital; `_id` is its institution code, `guard` the log position. */
export interface ContractDocument extends ViewDocument {
  readonly checkedAt?: string;
  readonly kinds?: Readonly<Partial<Record<ContractKind, StoredKind>>>;
}

/** What a hospital's system sent of one kind within one minute; `_id` names the three. */
export interface TransmissionDocument extends ViewDocument {
  readonly institutionCode: string;
  readonly kind: ContractKind;
  /** When the last of it came. */
  readonly at: string;
  readonly wellFormed: boolean;
}

/** What a booking platform may sell; `_id` names both, `*` for every other institution. */
export interface QuotaDocument extends ViewDocument {
  readonly partnerId: string;
  readonly institutionCode: string | null;
  readonly percent: number | null;
  readonly reason: string;
}

export const partnerContractsView: ViewDefinition = {
  name: VIEW_NAMES.partnerContracts,
  version: 2,
  collections: {
    contracts: [{ keys: { guard: 1 } }],
    quotas: [{ keys: { guard: 1 } }],
    transmissions: [{ keys: { institutionCode: 1, kind: 1, at: -1 } }],
  },
};
