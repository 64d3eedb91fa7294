import { readEvent } from '@qingpu/contracts/events/catalogue';
import type { StoredEvent } from '@qingpu/contracts/events/stored-event';
import type { SubscriptionBatch } from '@qingpu/read-models-kernel/subscription';
import {
  type EventPlace,
  foldWrites,
  type Opener,
  OpenerUnavailable,
  type Projection,
  physicalCollection,
  viewConsumer,
} from '@qingpu/read-models-kernel/view';
import type { ViewStore, ViewWrite } from '@qingpu/read-models-kernel/view-store';
import { Consumer, type ConsumerPorts, type ConsumerStatus, PoisonEvent } from './consumer.ts';

export interface ViewRunnerPorts extends ConsumerPorts {
  readonly views: ViewStore;
  readonly opener: Opener;
}

/**
 * Keeps one version of a view up to date. The first version is active from the start; a later one is built beside
 * the active one and takes over when it has caught up.
 */
export class ViewRunner {
  readonly #projection: Projection;
  readonly #ports: ViewRunnerPorts;
  readonly #consumer: Consumer;
  /** Versions only rise: once this one, or a later one, is active there is nothing to look for. */
  #tookOver = false;

  constructor(projection: Projection, ports: ViewRunnerPorts) {
    this.#projection = projection;
    this.#ports = ports;
    this.#consumer = new Consumer(
      {
        name: viewConsumer(projection.view, projection.view.version),
        catalogue: projection.catalogue,
        take: (batch) => this.#project(batch),
        taken: (status) => this.#taken(status),
      },
      ports,
    );
  }

  get view(): string {
    return this.#projection.view.name;
  }

  get status(): ConsumerStatus {
    return this.#consumer.status;
  }

  async start(): Promise<void> {
    const { name, version, collections } = this.#projection.view;
    for (const [collection, indexes] of Object.entries(collections)) {
      await this.#ports.views.createCollection(physicalCollection({ name }, version, collection), indexes);
    }
    if ((await this.#ports.checkpoints.activeVersion(name)) === undefined)
      await this.#ports.checkpoints.activate(name, version);
    this.#consumer.start();
  }

  stop(): Promise<void> {
    return this.#consumer.stop();
  }

  async #project(batch: SubscriptionBatch): Promise<void> {
    const { name, version } = this.#projection.view;
    const projected = await Promise.all(batch.events.map((event) => this.#writesOf(event)));
    const writes = foldWrites(projected.flat()).map((write) => ({
      ...write,
      collection: physicalCollection({ name }, version, write.collection),
    }));
    await this.#ports.views.write(writes);
  }

  async #writesOf(stored: StoredEvent): Promise<readonly ViewWrite[]> {
    try {
      const version = stored.metadata.schemaVersion;
      const event = readEvent(this.#projection.catalogue, { type: stored.type, version, data: stored.data });
      return event ? await this.#projection.project(event, placeOf(stored), this.#ports.opener) : [];
    } catch (error) {
      if (error instanceof OpenerUnavailable) throw error;
      throw new PoisonEvent(stored, error);
    }
  }

  async #taken(status: ConsumerStatus): Promise<void> {
    const { name, version } = this.#projection.view;
    if (this.#tookOver || !status.live) return;
    if (((await this.#ports.checkpoints.activeVersion(name)) ?? 0) < version) {
      await this.#ports.checkpoints.activate(name, version);
      this.#ports.log.info({ view: name, version }, 'view version caught up and took over');
    }
    this.#tookOver = true;
  }
}

function placeOf({ id, stream, revision, position, metadata }: StoredEvent): EventPlace {
  return { id, stream, revision, position, metadata };
}
