import { CONTRACT_KINDS, type ContractKind, contractKindOf } from '@qingpu/contracts/codes/partner-contracts';
import type { ScheduleKind } from '@qingpu/contracts/codes/slot-tables';
import type { Withholdings } from '@qingpu/domains-slots/ports';
import {
  type KnownContract,
  type PartnerContracts,
  unknownContract,
} from '@qingpu/read-models-partner-contracts/queries';
import type { TransmissionDocument } from '@qingpu/read-models-partner-contracts/view';
import type { IsWithheld } from '@qingpu/read-models-slot-pool/queries';
import { ExpiringMemo } from '../slots/expiring-memo.ts';

/** Every booking and every look at the pool asks; a decision counts after this at the latest. */
const REMEMBERED = { lifeMs: 500, most: 1 };

type Contracts = ReadonlyMap<string, KnownContract>;

/** How the contracts with hospitals stand, half a second old at the most. */
export class ContractDesk implements Withholdings {
  readonly #view: PartnerContracts;
  readonly #memo = new ExpiringMemo<Contracts>(REMEMBERED);
  readonly #quotas = new ExpiringMemo<Awaited<ReturnType<PartnerContracts['quotas']>>>(REMEMBERED);

  constructor(view: PartnerContracts) {
    this.#view = view;
  }

  async covers(of: { readonly institutionCode: string; readonly kind: ScheduleKind }): Promise<boolean> {
    return (await this.withheld())(of);
  }

  /** Tells of any schedule whether its slots are withheld now. */
  async withheld(): Promise<IsWithheld> {
    const contracts = await this.#known();
    return ({ institutionCode, kind }) =>
      contracts.get(institutionCode)?.withheld.some((each) => each.kind === contractKindOf(kind)) ?? false;
  }

  async of(institutionCode: string, after: string): Promise<KnownContract> {
    const { contracts } = await this.#view.all(after);
    return contracts.get(institutionCode) ?? unknownContract(institutionCode);
  }

  /** The last transmissions of each kind, newest first. */
  async transmissions(
    institutionCode: string,
    kinds: readonly ContractKind[],
    span: { readonly from: string; readonly most: number },
  ): Promise<ReadonlyMap<ContractKind, readonly TransmissionDocument[]>> {
    const found = kinds.map(
      async (kind) => [kind, await this.#view.transmissions(institutionCode, kind, span)] as const,
    );
    return new Map(await Promise.all(found));
  }

  /** What was decided up to this position of the log counts here from now on; waits a little for it. */
  async refresh(position: string): Promise<void> {
    await this.#view.all(position);
    this.#memo.forget('all');
    this.#quotas.forget('all');
  }

  /** @throws PositionBeyondHead */
  all(after?: string) {
    return this.#view.all(after);
  }

  /** How much of an institution's public slots a platform may sell, in percent; null: no limit. */
  async percentFor(partnerId: string, institutionCode: string): Promise<number | null> {
    const { quotas } = await this.#quotas.get('all', () => this.#view.quotas());
    const own = quotas.filter((quota) => quota.partnerId === partnerId);
    const quota =
      own.find((each) => each.institutionCode === institutionCode) ??
      own.find((each) => each.institutionCode === null);
    return quota?.percent ?? null;
  }

  /** @throws PositionBeyondHead */
  quotas(after?: string) {
    return this.#view.quotas(after);
  }

  get changes(): Pick<PartnerContracts, 'reached' | 'changed' | 'changedQuotas'> {
    return this.#view;
  }

  #known(): Promise<Contracts> {
    return this.#memo.get('all', async () => (await this.#view.all()).contracts);
  }
}

/** The kinds that a hospital uses: those of which it has sent schedules, else the first. */
export function kindsInUse({ lines }: Pick<KnownContract, 'lines'>): readonly ContractKind[] {
  const [first] = Object.keys(CONTRACT_KINDS) as ContractKind[];
  const used = new Set(lines.filter(isUsed).map(({ kind }) => kind));
  return used.size > 0 ? [...used] : first === undefined ? [] : [first];
}

function isUsed({ transmittedAt, refusedAt, standing }: KnownContract['lines'][number]): boolean {
  return transmittedAt !== null || refusedAt !== null || standing !== 'unproven';
}
