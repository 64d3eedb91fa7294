import type { CommandLedger, CommandOutcome, Reservation } from '../command-ledger.ts';

interface Entry {
  readonly bodyHmac: string;
  readonly outcome?: CommandOutcome;
}

/** The command ledger in memory; its contract test runs on it and on the real one. */
export class FakeCommandLedger implements CommandLedger {
  readonly #entries = new Map<string, Entry>();

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
}
