import { readEvent } from '@qingpu/contracts/events/catalogue';
import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import type { CommandEnvelope } from '@qingpu/domains-kernel/command-handling';
import { reactionCommandId } from '@qingpu/domains-kernel/event-ids';
import type { ProcessManager } from '@qingpu/domains-kernel/process-manager';
import { Rejection } from '@qingpu/domains-kernel/rejection';
import {
  Consumer,
  type ConsumerLog,
  type ConsumerPorts,
  type ConsumerStatus,
  PoisonEvent,
} from './consumer.ts';

/** Sends a command that a process manager decided on; the host knows which handler takes it. */
export type SendCommand = (command: unknown, envelope: CommandEnvelope) => Promise<void>;

export interface ProcessRunnerPorts extends ConsumerPorts {
  readonly send: SendCommand;
}

/** Streams whose events are reacted to at the same time. */
const LANES = 16;

/** Nobody waits for how far a process manager is; after a kill the commands of this time are sent again. */
const SAVE_EVERY_MS = 1_000;

/** The name under which a process manager keeps its checkpoint. */
export function processConsumer(name: string): string {
  return `process:${name}`;
}

/**
 * Runs a process manager. Events of one stream are taken one after the other, those of different streams side by side;
 * each command is awaited, then the checkpoint moves. After a kill the last events are reacted to again, with the same
 * command ids, and answered as the first time.
 */
export class ProcessRunner {
  readonly #process: ProcessManager;
  readonly #send: SendCommand;
  readonly #log: ConsumerLog;
  readonly #consumer: Consumer;

  constructor(process: ProcessManager, ports: ProcessRunnerPorts) {
    this.#process = process;
    this.#send = ports.send;
    this.#log = ports.log;
    this.#consumer = new Consumer(
      {
        name: processConsumer(process.name),
        catalogue: process.catalogue,
        saveEveryMs: SAVE_EVERY_MS,
        take: ({ events }) => this.#takeStreams([...Map.groupBy(events, ({ stream }) => stream).values()]),
      },
      ports,
    );
  }

  get status(): ConsumerStatus {
    return this.#consumer.status;
  }

  start(): void {
    this.#consumer.start();
  }

  stop(): Promise<void> {
    return this.#consumer.stop();
  }

  /** Ends when every lane has ended, so that nothing is under way when the events come again after a failure. */
  async #takeStreams(streams: readonly (readonly StoredEvent[])[]): Promise<void> {
    const queue = streams.values();
    const lane = async () => {
      for (const events of queue) for (const event of events) await this.#react(event);
    };
    const lanes = await Promise.allSettled(Array.from({ length: Math.min(LANES, streams.length) }, lane));
    const failures = lanes.flatMap((ended) => (ended.status === 'rejected' ? [ended.reason as unknown] : []));
    if (failures.length > 0)
      throw failures.find((error) => !(error instanceof PoisonEvent)) ?? earliest(failures);
  }

  async #react(stored: StoredEvent): Promise<void> {
    for (const [index, command] of this.#commands(stored).entries()) {
      try {
        await this.#send(command, this.#envelope(stored, index));
      } catch (error) {
        // The domain's no is an answer; the process has nothing further to do with it.
        if (!(error instanceof Rejection)) throw error;
        this.#log.warn(
          { process: this.#process.name, eventId: stored.id, rejection: error.code },
          'a process command was rejected',
        );
      }
    }
  }

  #commands(stored: StoredEvent): readonly unknown[] {
    try {
      const version = stored.metadata.schemaVersion;
      const event = readEvent(this.#process.catalogue, { type: stored.type, version, data: stored.data });
      return event ? this.#process.react(event, stored) : [];
    } catch (error) {
      throw new PoisonEvent(stored, error);
    }
  }

  #envelope(stored: StoredEvent, index: number): CommandEnvelope {
    const commandId = reactionCommandId(this.#process.name, stored.id, index);
    return {
      commandId,
      // The command is derived from the event, so its id already says everything that its body could.
      bodyHmac: commandId,
      actor: { kind: 'system', id: `process:${this.#process.name}` },
      correlationId: stored.metadata.correlationId,
      causationId: stored.id,
    };
  }
}

/** Of several poisonous events the one that comes first in the log; those before it have been reacted to or come again. */
function earliest(failures: readonly unknown[]): unknown {
  return failures
    .filter((error) => error instanceof PoisonEvent)
    .sort((one, other) => (one.event.position < other.event.position ? -1 : 1))[0];
}
