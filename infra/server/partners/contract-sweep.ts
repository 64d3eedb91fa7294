import { createHash, randomUUID } from 'node:crypto';
import { contractChecks } from '@qingpu/contracts/rules/contract-checks';
import type { CommandEnvelope } from '@qingpu/domains-kernel/command-handling';
import type { KnownContract } from '@qingpu/read-models-partner-contracts/queries';
import type { ConsumerLog } from '@qingpu/runtime/consumer';
import type { Platform } from '../platform.ts';
import type { ContractDesk } from './contract-desk.ts';
import type { ContractVerification } from './contract-verification.ts';

/** Hospitals that one sweep verifies; the next goes on from there. */
const MOST_AT_ONCE = 8;
const MINUTE_MS = 60_000;
const TO_BE_REPEATED = new Set(['failed', 'doubtful', 'excused']);

/** Verifies hospitals' interfaces again when their time has come, the longest overdue first. */
export class ContractSweep {
  readonly #platform: Pick<Platform, 'partners' | 'clock'>;
  readonly #desk: ContractDesk;
  readonly #verification: ContractVerification;
  readonly #log: ConsumerLog;

  constructor(
    platform: Pick<Platform, 'partners' | 'clock'>,
    desk: ContractDesk,
    verification: ContractVerification,
    log: ConsumerLog,
  ) {
    this.#platform = platform;
    this.#desk = desk;
    this.#verification = verification;
    this.#log = log;
  }

  async run(): Promise<void> {
    const { contracts } = await this.#desk.all();
    const now = this.#platform.clock.now().getTime();
    const due = this.#platform.partners
      .all()
      .flatMap(({ institutionCode, callbackUrl }) => {
        const known = contracts.get(institutionCode);
        // Of whom nothing was ever heard there is nothing to withhold.
        return known && callbackUrl ? [{ institutionCode, dueAt: dueAt(known) }] : [];
      })
      .filter((each) => each.dueAt <= now)
      .sort((a, b) => a.dueAt - b.dueAt)
      .slice(0, MOST_AT_ONCE);
    for (const { institutionCode } of due) {
      const { results } = await this.#verification.verify(institutionCode, undefined, envelope());
      const failed = results.filter(({ fault }) => fault !== null).length;
      this.#log.info(
        { institutionCode, checked: results.length, failed },
        'verified the interfaces of a hospital',
      );
    }
  }
}

/** In milliseconds since 1970. Hospitals are spread over the hour, each always by the same amount. */
function dueAt({ institutionCode, checkedAt, lines }: KnownContract): number {
  if (checkedAt === null) return Number.NEGATIVE_INFINITY;
  const { everyHours, jitterMinutes, retryMinutes } = contractChecks;
  const repeat = lines.some(({ standing }) => TO_BE_REPEATED.has(standing));
  const digest = createHash('sha256').update(institutionCode).digest().readUInt32BE();
  const jitter = (digest / 2 ** 32) * jitterMinutes;
  return Date.parse(checkedAt) + (repeat ? retryMinutes : everyHours * 60 - jitter) * MINUTE_MS;
}

function envelope(): CommandEnvelope {
  const commandId = randomUUID();
  return {
    commandId,
    bodyHmac: commandId,
    actor: { kind: 'system', id: 'sweep:contract-checks' },
    correlationId: commandId,
    causationId: commandId,
  };
}
