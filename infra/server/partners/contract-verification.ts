import { randomUUID } from 'node:crypto';
import type { CommandBus } from '@nestjs/cqrs';
import type { ContractInterface, ContractKind } from '@qingpu/contracts/codes/partner-contracts';
import { type ContractChecks, contractChecks } from '@qingpu/contracts/rules/contract-checks';
import type { CheckResult, Gravity } from '@qingpu/domains-institutions/partner-contract';
import { ActOnContract } from '@qingpu/domains-institutions/partner-contract.handlers';
import type { CommandEnvelope } from '@qingpu/domains-kernel/command-handling';
import type { TransmissionDocument } from '@qingpu/read-models-partner-contracts/view';
import type { Partner } from '../access/partners.ts';
import type { Platform } from '../platform.ts';
import { ContractFault, type Conversation, verifyOrders } from './contract-conversation.ts';
import { type ContractDesk, kindsInUse } from './contract-desk.ts';

const PATH = '/qingpu/v1/contract-checks';
const DAY_MS = 86_400_000;

export interface VerificationAnswer {
  readonly results: readonly CheckResult[];
  readonly position: string;
}

type Fault = CheckResult['fault'];
/** What is the same for every kind. */
const UNANSWERED: ReadonlySet<Gravity> = new Set(['away', 'unoffered']);

/**
 * Verifies the interfaces of hospitals: goes through the contract of orders with their systems (号源同步), and looks at
 * what they have sent (号源传输). One verification of a hospital at a time; who asks meanwhile gets its answer.
 */
export class ContractVerification {
  readonly #platform: Pick<Platform, 'partners' | 'clock' | 'subscription'>;
  readonly #desk: ContractDesk;
  readonly #bus: CommandBus;
  readonly #underWay = new Map<string, Promise<VerificationAnswer>>();

  constructor(
    platform: Pick<Platform, 'partners' | 'clock' | 'subscription'>,
    desk: ContractDesk,
    bus: CommandBus,
  ) {
    this.#platform = platform;
    this.#desk = desk;
    this.#bus = bus;
  }

  /** @param kinds left out: those that the hospital uses */
  verify(
    institutionCode: string,
    kinds: readonly ContractKind[] | undefined,
    envelope: CommandEnvelope,
  ): Promise<VerificationAnswer> {
    const key = `${institutionCode} ${kinds?.join(' ') ?? ''}`;
    const underWay =
      this.#underWay.get(key) ??
      this.#verify(institutionCode, kinds, envelope).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, underWay);
    return underWay;
  }

  async #verify(
    institutionCode: string,
    wanted: readonly ContractKind[] | undefined,
    envelope: CommandEnvelope,
  ): Promise<VerificationAnswer> {
    // What the hospital has just sent counts.
    const head = String(await this.#platform.subscription.headPosition());
    const known = await this.#desk.of(institutionCode, head);
    const kinds = wanted ?? kindsInUse(known);
    const checkId = randomUUID();
    const result = (of: ContractInterface, kind: ContractKind, fault: Fault) => ({
      interface: of,
      kind,
      checkId,
      fault,
    });
    const partner = this.#platform.partners.byInstitution(institutionCode);
    const orders = await this.#ordersFaults(partner, kinds);
    const sendings = await this.#desk.transmissions(institutionCode, kinds, this.#since());
    const results = kinds.flatMap((kind) => {
      const sent = transmissionFault(sendings.get(kind) ?? [], contractChecks);
      const orderFault = orders.get(kind);
      return [
        ...(sent === 'unproven' ? [] : [result('transmission', kind, sent)]),
        ...(orderFault === undefined ? [] : [result('synchronisation', kind, orderFault)]),
      ];
    });
    const command = { type: 'RecordChecks', institutionCode, results } as const;
    const { position } = await this.#bus.execute(new ActOnContract(command, envelope));
    await this.#desk.refresh(position);
    return { results, position };
  }

  /** From when on transmissions still prove something. */
  #since(): { readonly from: string; readonly most: number } {
    const { transmittedWithinDays, transmissionsJudged } = contractChecks;
    const from = this.#platform.clock.now().getTime() - transmittedWithinDays * DAY_MS;
    return { from: new Date(from).toISOString(), most: transmissionsJudged };
  }

  /** What was found of each kind; a system that does not answer is not asked again for the others. */
  async #ordersFaults(
    partner: Partner | undefined,
    kinds: readonly ContractKind[],
  ): Promise<ReadonlyMap<ContractKind, Fault>> {
    if (!partner?.callbackUrl) return new Map(kinds.map((kind) => [kind, NO_CALLBACK]));
    const { timeoutSeconds, longestSeconds } = contractChecks;
    const conversation: Conversation = {
      receiver: { ...partner, url: new URL(PATH, partner.callbackUrl) },
      institutionCode: partner.institutionCode,
      now: () => this.#platform.clock.now(),
      signal: AbortSignal.timeout(longestSeconds * 1000),
      timeoutMs: timeoutSeconds * 1000,
    };
    const faults = new Map<ContractKind, Fault>();
    let away: Fault = null;
    for (const kind of kinds) {
      const fault: Fault = away ?? (await ordersFault(conversation, kind));
      if (fault && UNANSWERED.has(fault.gravity)) away = fault;
      faults.set(kind, fault);
    }
    return faults;
  }
}

/** Without an address no order ever reaches the hospital. */
const NO_CALLBACK: Fault = { code: 'no-callback', gravity: 'broken' };

async function ordersFault(conversation: Conversation, kind: ContractKind): Promise<Fault> {
  try {
    await verifyOrders(conversation, kind);
    return null;
  } catch (error) {
    if (!(error instanceof ContractFault)) throw error;
    return { code: error.code, gravity: error.gravity };
  }
}

/**
 * What is wrong with what was sent of a kind; `unproven` when nothing came lately. Who sends in good form again has mended
 * it; one that is malformed is a slip, many are a broken contract.
 * @param sendings the last ones, newest first
 */
export function transmissionFault(
  sendings: readonly Pick<TransmissionDocument, 'wellFormed'>[],
  { malformedToWithhold }: Pick<ContractChecks, 'malformedToWithhold'>,
): Fault | 'unproven' {
  const [last] = sendings;
  if (last === undefined) return 'unproven';
  if (last.wellFormed) return null;
  const malformed = sendings.filter(({ wellFormed }) => !wellFormed).length;
  return malformed >= malformedToWithhold
    ? { code: 'malformed-transmissions', gravity: 'broken' }
    : { code: 'malformed-transmission', gravity: 'slip' };
}
