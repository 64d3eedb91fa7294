import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from './eventually.ts';

const PRELOAD = new URL('moved-date.mjs', import.meta.url).href;

/** A host's clock that can be put forward while it runs: no setting of the platform, but its `Date` itself. */
export class MovableClock {
  readonly #file: string;
  #offset = 0;

  private constructor(file: string) {
    this.#file = file;
  }

  /** @param folder where the host reads how far its clock is ahead */
  static async create(folder: string): Promise<MovableClock> {
    const clock = new MovableClock(join(folder, 'clock-offset'));
    await writeFile(clock.#file, '0');
    return clock;
  }

  /** What the host's process must be started with. */
  get settings(): Readonly<Record<string, string>> {
    return { NODE_OPTIONS: `--import=${PRELOAD}`, FEATURES_CLOCK_OFFSET: this.#file };
  }

  /** Milliseconds since 1970. */
  now(): number {
    return Date.now() + this.#offset;
  }

  /** Puts the clock forward, and waits until the host goes by it. @throws Error for an instant that is past */
  async moveTo(instant: Date): Promise<void> {
    const offset = instant.getTime() - Date.now();
    if (offset < this.#offset) throw new Error(`${instant.toISOString()} is past by the platform's clock`);
    await writeFile(this.#file, String(offset));
    await eventually(async () => {
      const seen = await readFile(`${this.#file}.seen`, 'utf8');
      if (seen !== String(offset)) throw new Error('the host has not noticed the new time');
    });
    this.#offset = offset;
  }
}
