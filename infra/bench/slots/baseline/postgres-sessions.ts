import type { ExpiringStore, SessionAccount } from '@qingpu/server/access/session-store';
import type pg from 'pg';

/** The host's sessions in PostgreSQL. */
export class PostgresSessions implements ExpiringStore<SessionAccount> {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  async insert(key: string, value: SessionAccount, expiresAt: number): Promise<boolean> {
    const text = 'INSERT INTO sessions VALUES ($1, $2, $3) ON CONFLICT DO NOTHING';
    return (await this.#pool.query(text, [key, JSON.stringify(value), expiresAt])).rowCount === 1;
  }

  async find(key: string, now: number) {
    const { rows } = await this.#pool.query<{ account: SessionAccount; expires_at: string }>({
      name: 'find-session',
      text: 'SELECT account, expires_at FROM sessions WHERE key = $1 AND expires_at > $2',
      values: [key, now],
    });
    const [row] = rows;
    return row && { value: row.account, expiresAt: Number(row.expires_at) };
  }

  async remove(key: string): Promise<void> {
    await this.#pool.query('DELETE FROM sessions WHERE key = $1', [key]);
  }
}
