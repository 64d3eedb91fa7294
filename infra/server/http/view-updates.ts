import type { ServerResponse } from 'node:http';
import type { ViewUpdate } from '@qingpu/contracts/http/updates';
import type { Checkpoints } from '@qingpu/read-models-kernel/checkpoints';
import { type ViewDefinition, viewConsumer } from '@qingpu/read-models-kernel/view';
import { pause } from '@qingpu/runtime/stop-signal';

const MAX_LISTENERS = 2_000;
/** A hospital's whole staff may come from one address. */
const MAX_LISTENERS_PER_ADDRESS = 500;
const POLL_MS = 500;
const HEARTBEAT_MS = 15_000;

/**
 * Watches how far the views are and tells whoever listens. It reads the checkpoints, so that an API process
 * hears of views that another process keeps.
 */
export class ViewUpdates {
  readonly #views: readonly ViewDefinition[];
  readonly #checkpoints: Checkpoints;
  readonly #listeners = new Map<ServerResponse, string>();
  readonly #known = new Map<string, { readonly position: bigint; readonly events: number }>();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #baseline: Promise<void> | undefined;

  constructor(views: readonly ViewDefinition[], checkpoints: Checkpoints) {
    this.#views = views;
    this.#checkpoints = checkpoints;
  }

  isFullFor(address: string): boolean {
    const sameAddress = [...this.#listeners.values()].filter((other) => other === address).length;
    return this.#listeners.size >= MAX_LISTENERS || sameAddress >= MAX_LISTENERS_PER_ADDRESS;
  }

  start(): void {
    this.#running ??= this.#watch();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    for (const listener of this.#listeners.keys()) listener.end();
  }

  /** Sends updates until the listener goes; one that does not keep up is let go and reconnects. */
  listen(listener: ServerResponse, address: string): void {
    // Who left before this would never be heard of again.
    if (listener.destroyed || listener.writableEnded) return;
    this.#listeners.set(listener, address);
    // The baseline is taken now, not at the next look: what comes in between would never be told.
    if (this.#known.size === 0)
      this.#baseline ??= this.#look().finally(() => {
        this.#baseline = undefined;
      });
    const heartbeat = setInterval(() => this.#write(listener, ': still here\n\n'), HEARTBEAT_MS);
    listener.on('close', () => {
      clearInterval(heartbeat);
      this.#listeners.delete(listener);
    });
    this.#write(listener, 'retry: 3000\n\n');
  }

  async #watch(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      // With nobody listening the baseline is dropped, so that a newcomer hears only of what comes after it.
      if (this.#listeners.size === 0) this.#known.clear();
      else if (!this.#baseline) await this.#look();
      await pause(POLL_MS, this.#stop.signal);
    }
  }

  async #look(): Promise<void> {
    for (const view of this.#views) {
      const checkpoint = await this.#checkpoints
        .load(viewConsumer(view, view.version))
        .catch(() => undefined);
      if (checkpoint?.position === undefined) continue;
      const known = this.#known.get(view.name);
      this.#known.set(view.name, { position: checkpoint.position, events: checkpoint.events });
      if (known && checkpoint.events > known.events) {
        this.#tell({
          view: view.name,
          position: String(checkpoint.position),
          events: checkpoint.events - known.events,
        });
      }
    }
  }

  #tell(update: ViewUpdate): void {
    const message = `event: view\ndata: ${JSON.stringify(update)}\n\n`;
    for (const listener of this.#listeners.keys()) this.#write(listener, message);
  }

  #write(listener: ServerResponse, text: string): void {
    if (!listener.write(text)) listener.destroy();
  }
}
