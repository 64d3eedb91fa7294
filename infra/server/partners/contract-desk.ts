import { CONTRACT_KINDS, type ContractKind, contractKindOf } from '@qingpu/contracts/codes/partner-contracts';
import type { ScheduleKind } from '@qingpu/contracts/codes/slot-tables';
import type { Withholdings } from '@qingpu/domains-slots/ports';
import {
  type KnownContract,
  type PartnerContracts,
  unknownContract,
} from '@qingpu/read-models-partner-contracts/queries';
import type { IsWithheld } from '@qingpu/read-models-slot-pool/queries';
import { ExpiringMemo } from '../slots/expiring-memo.ts';

/** Every booking and every look at the pool asks; a decision counts after this at the latest. */
const REMEMBERED = { lifeMs: 500, most: 1 };

type Contracts = ReadonlyMap<string, KnownContract>;

/** How the contracts with hospitals stand, half a second old at the most. */
export class ContractDesk implements Withholdings {
  readonly #view: PartnerContracts;
  readonly #memo = new ExpiringMemo<Contracts>(REMEMBERED);

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

  /** @throws PositionBeyondHead */
  all(after?: string) {
    return this.#view.all(after);
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
