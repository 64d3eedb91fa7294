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

/** The name under which a process manager keeps its checkpoint. */
export function processConsumer(name: string): string {
  return `process:${name}`;
}

/**
 * Runs a process manager. Events are taken one after the other, each command is awaited, then the checkpoint moves;
 * after a kill the last events are reacted to again, with the same command ids, and answered as the first time.
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
        take: async (batch) => {
          for (const event of batch.events) await this.#react(event);
        },
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
