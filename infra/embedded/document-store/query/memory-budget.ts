import { CommandError } from '../errors.ts';

const MAX_IN_MEMORY_BYTES = 100 * 1024 * 1024;

/** Keeps count of what a blocking stage holds in memory; above 100 MB it is refused (292). */
export class MemoryBudget {
  private bytes = 0;
  private readonly stage: string;

  constructor(stage: string) {
    this.stage = stage;
  }

  add(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes <= MAX_IN_MEMORY_BYTES) return;
    throw new CommandError(292, `${this.stage} exceeded memory limit of ${MAX_IN_MEMORY_BYTES} bytes`);
  }

  remove(bytes: number): void {
    this.bytes -= bytes;
  }
}
