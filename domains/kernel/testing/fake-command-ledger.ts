import type { CommandLedger, CommandOutcome, Remembered, Reservation } from '../command-ledger.ts';

/** The command ledger in memory; its contract test runs on it and on the real one. */
export class FakeCommandLedger implements CommandLedger {
  readonly #entries = new Map<string, Remembered>();

  async reserve(commandId: string, bodyHmac: string): Promise<Reservation> {
    const entry = this.#entries.get(commandId);
    if (entry) return { status: 'seen', ...entry };
    this.#entries.set(commandId, { bodyHmac });
    return { status: 'fresh' };
  }

  async record(commandId: string, outcome: CommandOutcome): Promise<void> {
    const entry = this.#entries.get(commandId);
    if (entry && !entry.outcome) this.#entries.set(commandId, { ...entry, outcome });
  }

  async recall(commandId: string): Promise<Remembered | undefined> {
    return this.#entries.get(commandId);
  }

  /** How many commands were noted. */
  get size(): number {
    return this.#entries.size;
  }
}
