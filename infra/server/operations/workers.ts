import type { CommandBus } from '@nestjs/cqrs';
import type { RequestDeliveryCommand } from '@qingpu/contracts/commands/messaging';
import type { CallOffPaymentCommand } from '@qingpu/contracts/commands/payments';
import type { DestroyPersonKeyCommand } from '@qingpu/contracts/commands/privacy';
import { deliveryPolicy } from '@qingpu/contracts/rules/delivery-policy';
import { BoxRefusedError } from '@qingpu/crypto/envelope';
import { DataKeyUnknownError, type EnvelopeSealer } from '@qingpu/crypto/sealer';
import { erasureProcess } from '@qingpu/domains-institutions/erasure.process';
import { filingReceiptProcess } from '@qingpu/domains-institutions/filing-receipt.process';
import { DestroyPersonKey } from '@qingpu/domains-institutions/handlers';
import type { CommandEnvelope } from '@qingpu/domains-kernel/command-handling';
import type { ProcessManager } from '@qingpu/domains-kernel/process-manager';
import { PersonErasedError } from '@qingpu/domains-kernel/sealing';
import { RequestDelivery } from '@qingpu/domains-messaging/handlers';
import { CallOffPayment } from '@qingpu/domains-payments/handlers';
import { registrationPaymentProcess } from '@qingpu/domains-payments/registration-payment.process';
import { personErasureProcess } from '@qingpu/domains-residents/erasure.process';
import { announcements } from '@qingpu/read-models-announcements/projection';
import { bookings } from '@qingpu/read-models-bookings/projection';
import { deliveryWorklist } from '@qingpu/read-models-delivery-worklist/projection';
import { dueDeliveries } from '@qingpu/read-models-delivery-worklist/queries';
import { institutionDirectory } from '@qingpu/read-models-institution-directory/projection';
import {
  type Opener,
  OpenerUnavailable,
  type Projection,
  viewConsumer,
} from '@qingpu/read-models-kernel/view';
import { partnerContracts } from '@qingpu/read-models-partner-contracts/projection';
import { payments } from '@qingpu/read-models-payments/projection';
import { residents } from '@qingpu/read-models-residents/projection';
import { slotPool } from '@qingpu/read-models-slot-pool/projection';
import type { ConsumerLog, ConsumerStatus } from '@qingpu/runtime/consumer';
import { DeliveryWorker } from '@qingpu/runtime/delivery-worker';
import { ProcessRunner, processConsumer } from '@qingpu/runtime/process-runner';
import { SharedTail } from '@qingpu/runtime/shared-tail';
import { ViewRunner } from '@qingpu/runtime/view-runner';
import type { ProcessRole } from '../config.ts';
import { ContractSweep } from '../partners/contract-sweep.ts';
import { ContractVerification } from '../partners/contract-verification.ts';
import { PaymentSweep } from '../payments/payment-sweep.ts';
import { StatementSweep } from '../payments/statement-sweep.ts';
import type { Platform } from '../platform.ts';
import {
  isSlotCommand,
  SLOT_PROCESSES,
  type SlotProcessCommand,
  sendSlotCommand,
} from '../slots/slot-processes.ts';
import type { SlotServices } from '../slots/slot-services.ts';
import { SlotSweeps } from '../slots/slot-sweeps.ts';
import { AccessLogCopying } from './access-log-copying.ts';
import { AuditAnchoring } from './audit-anchoring.ts';
import { deliveriesOf } from './deliveries.ts';
import { recorderOf } from './delivery-record.ts';
import { Scheduler } from './scheduler.ts';

/** Every projection of the platform. */
export const PROJECTIONS = [
  institutionDirectory,
  deliveryWorklist,
  residents,
  slotPool,
  bookings,
  announcements,
  partnerContracts,
  payments,
] as unknown as readonly Projection[];
const PROCESSES = [
  erasureProcess,
  personErasureProcess,
  filingReceiptProcess,
  ...SLOT_PROCESSES,
  registrationPaymentProcess,
] as unknown as readonly ProcessManager[];

/** Names under which views and process managers keep their checkpoints. */
export const CONSUMERS: readonly string[] = [
  ...PROJECTIONS.map(({ view }) => viewConsumer(view, view.version)),
  ...PROCESSES.map(({ name }) => processConsumer(name)),
];

/** Every type that a view or process manager declares. */
const TYPES = [...new Set([...PROJECTIONS, ...PROCESSES].flatMap(({ catalogue }) => Object.keys(catalogue)))];

type ProcessCommand =
  | DestroyPersonKeyCommand
  | RequestDeliveryCommand
  | SlotProcessCommand
  | CallOffPaymentCommand;

interface Worker {
  start(): void | Promise<void>;
  stop(): Promise<void>;
}

export interface WorkersParts {
  readonly platform: Platform;
  readonly slots: SlotServices;
  readonly bus: CommandBus;
  readonly roles: readonly ProcessRole[];
  readonly log: ConsumerLog;
}

/** What runs beside the API, as the process's roles say: views, process managers, deliveries, schedules. */
export class Workers {
  readonly #views: readonly ViewRunner[];
  readonly #processes: readonly ProcessRunner[];
  readonly #others: readonly Worker[];
  /** What time does to slots, also for whoever does not want to wait for it. */
  readonly sweeps: SlotSweeps;
  /** Likewise what it does to the payment gateway's statements. */
  readonly statements: StatementSweep;

  constructor({ platform, slots, bus, roles, log }: WorkersParts) {
    const { subscription, checkpoints, board, views, sealer } = platform;
    const ports = { subscription: new SharedTail(subscription, { types: TYPES }), checkpoints, board, log };
    const opener = openerOf(sealer);
    this.#views = roles.includes('projector')
      ? PROJECTIONS.map((projection) => new ViewRunner(projection, { ...ports, views, opener }))
      : [];
    const managing = roles.includes('process-manager');
    const send = (command: unknown, envelope: CommandEnvelope) =>
      sendCommand(bus, command as ProcessCommand, envelope);
    this.#processes = managing
      ? PROCESSES.map((process) => new ProcessRunner(process, { ...ports, send }))
      : [];
    this.sweeps = new SlotSweeps(platform, slots, bus, log);
    this.statements = new StatementSweep(slots.statements, bus, () => platform.clock.now(), log);
    this.#others = [
      new AuditAnchoring(platform, log),
      new AccessLogCopying(platform, log),
      { start: () => slots.schedules.follow(log), stop: () => slots.schedules.stop() },
      ...(managing ? [deliveryWorkerOf(platform, slots, bus, log)] : []),
      ...(roles.includes('scheduler')
        ? [
            new Scheduler({
              platform,
              sweeps: this.sweeps,
              contracts: contractSweepOf(platform, slots, bus, log),
              payments: new PaymentSweep(slots.payments, bus, () => platform.clock.now(), log),
              statements: this.statements,
              log,
            }),
          ]
        : []),
    ];
  }

  get statuses(): readonly ConsumerStatus[] {
    return [...this.#views, ...this.#processes].map((runner) => runner.status);
  }

  async start(): Promise<void> {
    for (const worker of [...this.#views, ...this.#processes, ...this.#others]) await worker.start();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#views, ...this.#processes, ...this.#others].map((worker) => worker.stop()));
  }
}

async function sendCommand(
  bus: CommandBus,
  command: ProcessCommand,
  envelope: CommandEnvelope,
): Promise<void> {
  if (isSlotCommand(command)) await sendSlotCommand(bus, command, envelope);
  else if (command.type === 'CallOffPayment') await bus.execute(new CallOffPayment(command, envelope));
  else if (command.type === 'RequestDelivery') await bus.execute(new RequestDelivery(command, envelope));
  else await bus.execute(new DestroyPersonKey(command.subject));
}

/** Views read erased persons as such; a key store that is away is no reason to stop for good. */
function openerOf(sealer: EnvelopeSealer): Opener {
  return {
    async open(sealed) {
      try {
        return await sealer.open(sealed);
      } catch (error) {
        if (error instanceof PersonErasedError) return undefined;
        if (error instanceof BoxRefusedError || error instanceof DataKeyUnknownError) throw error;
        throw new OpenerUnavailable('sealed data cannot be opened just now', { cause: error });
      }
    },
  };
}

function deliveryWorkerOf(
  platform: Platform,
  slots: SlotServices,
  bus: CommandBus,
  log: ConsumerLog,
): DeliveryWorker {
  return new DeliveryWorker({
    checkpoints: platform.checkpoints,
    policy: deliveryPolicy,
    log,
    due: async (limit, busy) => {
      const due = await dueDeliveries(platform.worklist, platform.clock.now(), limit, busy);
      return due.map(({ _id, kind, recipient, payload, failures }) => ({
        deliveryId: _id,
        kind,
        recipient,
        payload,
        attempt: failures + 1,
      }));
    },
    deliver: deliveriesOf(platform, slots),
    record: recorderOf(bus, log),
  });
}

function contractSweepOf(
  platform: Platform,
  { contracts }: SlotServices,
  bus: CommandBus,
  log: ConsumerLog,
): ContractSweep {
  return new ContractSweep(platform, contracts, new ContractVerification(platform, contracts, bus), log);
}
