import { randomUUID } from 'node:crypto';
import type { CommandBus } from '@nestjs/cqrs';
import { reactionCommandId } from '@qingpu/domains-kernel/event-ids';
import { RecordAttempt } from '@qingpu/domains-messaging/handlers';
import type { ConsumerLog } from '@qingpu/runtime/consumer';
import type { DeliveryWorkerPorts } from '@qingpu/runtime/delivery-worker';

/** Writes into the log what became of each attempt. */
export function recorderOf(
  bus: Pick<CommandBus, 'execute'>,
  log: ConsumerLog,
): DeliveryWorkerPorts['record'] {
  return async (deliveryId, attempt, failure) => {
    const commandId = reactionCommandId('deliveries', deliveryId, attempt);
    const envelope = {
      commandId,
      // Not of what became of it: a kill may come before the record, and the same attempt end otherwise the next time.
      bodyHmac: commandId,
      actor: { kind: 'system', id: 'worker:deliveries' } as const,
      correlationId: randomUUID(),
      causationId: deliveryId,
    };
    const outcome = await bus.execute(new RecordAttempt(deliveryId, attempt, failure, envelope));
    if (outcome.kind !== 'accepted' || !outcome.eventTypes.includes('DeliveryGivenUp')) return;
    const facts = { deliveryId, fault: failure?.fault };
    log.error(facts, 'a delivery was given up; it is a task for a person now');
  };
}
