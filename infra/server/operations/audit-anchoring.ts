import { randomUUID } from 'node:crypto';
import type { NewEvent } from '@qingpu/contracts/events/stored-event';
import type { AuditAnchor } from '@qingpu/crypto/audit-log';
import { shanghaiDate, shanghaiTimestamp } from '@qingpu/domains-kernel/clock';
import type { ConsumerLog } from '@qingpu/runtime/consumer';
import { Cron } from 'croner';
import type { Platform } from '../platform.ts';

/** Event type of an anchor in the event log. */
export const AUDIT_ANCHORED = 'AuditAnchored';

/**
 * Writes the head of this process's audit log into the event log, every hour and at an orderly stop: out of reach of
 * who can write the audit folder. Every process has a chain of its own, so every process anchors.
 */
export class AuditAnchoring {
  readonly #platform: Platform;
  readonly #log: ConsumerLog;
  #job: Cron | undefined;

  constructor(platform: Platform, log: ConsumerLog) {
    this.#platform = platform;
    this.#log = log;
  }

  start(): void {
    const failed = (error: unknown) => {
      this.#log.error(
        { error: error instanceof Error ? error.name : 'unknown' },
        'the audit log could not be anchored',
      );
    };
    this.#job = new Cron('0 0 * * * *', { timezone: 'Asia/Shanghai', protect: true, catch: failed }, () =>
      this.anchor(),
    );
  }

  async stop(): Promise<void> {
    this.#job?.stop();
    await this.anchor();
  }

  async anchor(): Promise<void> {
    const { log, audit, clock } = this.#platform;
    const anchor: AuditAnchor = { ...audit.head(), at: shanghaiTimestamp(clock.now()) };
    const stream = `audit_anchors-${shanghaiDate(clock.now())}-${anchor.file}`;
    const last = (await log.readStream(stream)).at(-1);
    await log.append(stream, [anchorEvent(anchor)], last?.revision ?? 'no_stream');
  }
}

function anchorEvent(anchor: AuditAnchor): NewEvent {
  const id = randomUUID();
  return {
    id,
    type: AUDIT_ANCHORED,
    data: anchor,
    metadata: {
      schemaVersion: 1,
      commandId: id,
      bodyHmac: id,
      actor: { kind: 'system', id: 'audit-anchoring' },
      correlationId: id,
      causationId: id,
      occurredAt: anchor.at,
    },
  };
}
