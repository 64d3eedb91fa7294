import { type Answer, HttpConnection } from './http-connection.ts';

/** Connections as an open load needs them: one for each request under way, idle ones first, up to a bound. */
export class ConnectionPool {
  readonly #url: URL;
  readonly #most: number;
  readonly #idle: HttpConnection[] = [];
  readonly #waiting: ((connection: HttpConnection) => void)[] = [];
  #open = 0;

  constructor(url: URL, most: number) {
    this.#url = url;
    this.#most = most;
  }

  /** Opens so many connections before the load begins, as browsers have them that are looking already. */
  async warmUp(count: number): Promise<void> {
    const atOnce = 100;
    for (let opened = 0; opened < Math.min(count, this.#most); opened += atOnce) {
      const batch = Array.from({ length: Math.min(atOnce, this.#most - opened) }, () => this.#connect());
      this.#idle.push(...(await Promise.all(batch)));
    }
  }

  async send(request: string): Promise<Answer> {
    const connection = await this.#take();
    try {
      return await connection.send(request);
    } finally {
      this.#giveBack(connection);
    }
  }

  close(): void {
    for (const connection of this.#idle.splice(0)) connection.close();
  }

  #take(): Promise<HttpConnection> | HttpConnection {
    const idle = this.#idle.pop();
    if (idle?.usable) return idle;
    if (idle) this.#open -= 1;
    if (this.#open < this.#most) return this.#connect();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  async #connect(): Promise<HttpConnection> {
    this.#open += 1;
    try {
      return await HttpConnection.open(this.#url);
    } catch (error) {
      this.#open -= 1;
      throw error;
    }
  }

  #giveBack(connection: HttpConnection): void {
    const next = this.#waiting.shift();
    if (next && connection.usable) next(connection);
    else if (connection.usable) this.#idle.push(connection);
    else {
      this.#open -= 1;
      if (next) this.#connect().then(next, () => this.#waiting.unshift(next));
    }
  }
}
