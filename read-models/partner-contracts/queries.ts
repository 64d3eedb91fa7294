import {
  CONTRACT_INTERFACES,
  CONTRACT_KINDS,
  type ContractInterface,
  type ContractKind,
  contractFaultWords,
} from '@qingpu/contracts/codes/partner-contracts';
import type { Contract, ContractLine } from '@qingpu/contracts/http/partner-contracts';
import type { Freshness, LogSpan, ViewReader } from '@qingpu/read-models-kernel/view-reader';
import type { ContractDocument, QuotaDocument, StoredKind, TransmissionDocument } from './view.ts';

/** More hospitals than any district has. */
const MOST_CONTRACTS = 500;
/** Each of a few platforms may have one for every hospital. */
const MOST_QUOTAS = 5_000;

/** A contract as the view knows it; the host adds the institution's name and whether it can be reached. */
export type KnownContract = Omit<Contract, 'institutionName' | 'reachable'>;

/** Answers how the interfaces with hospitals' systems stand. */
export class PartnerContracts {
  readonly #reader: ViewReader;

  constructor(reader: ViewReader) {
    this.#reader = reader;
  }

  /** Every hospital of which something is known, by its code. @throws PositionBeyondHead */
  async all(after?: string): Promise<Freshness & { readonly contracts: ReadonlyMap<string, KnownContract> }> {
    const fresh = await this.#reader.freshness(after === undefined ? undefined : BigInt(after));
    const found = await this.#reader.find<ContractDocument>('contracts', {
      filter: {},
      sort: { _id: 1 },
      limit: MOST_CONTRACTS,
    });
    return { ...fresh, contracts: new Map(found.map((document) => [document._id, contractOf(document)])) };
  }

  /** What booking platforms may sell. @throws PositionBeyondHead */
  async quotas(after?: string): Promise<Freshness & { readonly quotas: readonly QuotaDocument[] }> {
    const fresh = await this.#reader.freshness(after === undefined ? undefined : BigInt(after));
    const quotas = await this.#reader.find<QuotaDocument>('quotas', {
      filter: {},
      sort: { _id: 1 },
      limit: MOST_QUOTAS,
    });
    return { ...fresh, quotas };
  }

  /** The last transmissions of a kind since a moment, newest first. */
  transmissions(
    institutionCode: string,
    kind: ContractKind,
    { from, most }: { readonly from: string; readonly most: number },
  ): Promise<TransmissionDocument[]> {
    return this.#reader.find<TransmissionDocument>('transmissions', {
      filter: { institutionCode, kind, at: { $gte: from } },
      sort: { at: -1 },
      limit: most,
    });
  }

  /** Up to where in the log the view has everything. */
  reached(): Promise<bigint> {
    return this.#reader.reached();
  }

  /** Contracts that changed in this span of the log, in its order. */
  async changed(span: LogSpan, limit: number): Promise<Changed<KnownContract>[]> {
    const found = await this.#reader.changed<ContractDocument>('contracts', {}, span, limit);
    return found.map((document) => ({ position: document.guard, value: contractOf(document) }));
  }

  /** Quotas of one platform that changed in this span of the log, in its order. */
  async changedQuotas(partnerId: string, span: LogSpan, limit: number): Promise<Changed<QuotaDocument>[]> {
    const found = await this.#reader.changed<QuotaDocument>('quotas', { partnerId }, span, limit);
    return found.map((document) => ({ position: document.guard, value: document }));
  }
}

/** A document and where in the log it changed last. */
export interface Changed<Value> {
  readonly position: bigint;
  readonly value: Value;
}

/** A hospital of which nothing is known yet. */
export function unknownContract(institutionCode: string): KnownContract {
  return contractOf({ _id: institutionCode, guard: 0n });
}

function contractOf({ _id, checkedAt, kinds = {} }: ContractDocument): KnownContract {
  const all = Object.keys(CONTRACT_KINDS) as ContractKind[];
  const lines = all.flatMap((kind) =>
    (Object.keys(CONTRACT_INTERFACES) as ContractInterface[]).map((of) =>
      lineOf(kind, of, kinds[kind] ?? {}),
    ),
  );
  return {
    institutionCode: _id,
    checkedAt: checkedAt ?? null,
    lines,
    withheld: all.flatMap((kind) => withheldOf(kind, kinds[kind] ?? {}, lines)),
  };
}

function lineOf(kind: ContractKind, of: ContractInterface, stored: StoredKind): ContractLine {
  const {
    standing = 'unproven',
    verifiedAt,
    failedAt,
    failedRevision = -1,
    fault,
    failures,
  } = stored.lines?.[of] ?? {};
  const excused = standing === 'failed' && (stored.excusedRevision ?? -1) > failedRevision;
  const transmission = of === 'transmission';
  return {
    kind,
    interface: of,
    standing: excused ? 'excused' : standing,
    verifiedAt: verifiedAt ?? null,
    failedAt: failedAt ?? null,
    fault: fault ? contractFaultWords(fault) : null,
    failures: failures ?? 0,
    transmittedAt: transmission ? (stored.transmittedAt ?? null) : null,
    refusedAt: transmission ? (stored.refusedAt ?? null) : null,
  };
}

function withheldOf(
  kind: ContractKind,
  { held }: StoredKind,
  lines: readonly ContractLine[],
): KnownContract['withheld'] {
  if (held) return [{ kind, byHand: true, reason: held }];
  const failed = lines.find((line) => line.kind === kind && line.standing === 'failed');
  if (!failed) return [];
  return [{ kind, byHand: false, reason: `${CONTRACT_INTERFACES[failed.interface]}：${failed.fault ?? ''}` }];
}
