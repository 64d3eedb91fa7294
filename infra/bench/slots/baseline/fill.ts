import type { EnvelopeSealer } from '@qingpu/crypto/sealer';
import type { SessionAccount } from '@qingpu/server/access/session-store';
import pg from 'pg';
import type { World } from '../world.ts';
import { SCHEMA } from './schema.ts';

const SESSION_MS = 8 * 3_600_000;

/** Fills an empty database with the residents, sessions and schedules that the platform has. */
export async function fillDatabase(
  connection: pg.ClientConfig,
  { residents, steady, rush }: World,
  sealer: Pick<EnvelopeSealer, 'fingerprint'>,
): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    await client.query(SCHEMA);
    const persons = residents.map(({ personId }) => personId);
    const accounts = residents.map(({ accountId }) => accountId);
    await insert(client, 'persons (person_id)', ['uuid'], [persons]);
    await insert(client, 'account_persons', ['text', 'uuid'], [accounts, persons]);
    const keys = residents.map(({ token }) => sealer.fingerprint('session', token));
    const expiresAt = Date.now() + SESSION_MS;
    await insert(
      client,
      'sessions',
      ['text', 'jsonb', 'bigint'],
      [keys, accounts.map((accountId) => JSON.stringify(accountOf(accountId))), keys.map(() => expiresAt)],
    );
    await fillSchedules(client, [...steady, ...rush]);
    await client.query('ANALYZE');
  } finally {
    await client.end();
  }
}

function accountOf(accountId: string): SessionAccount {
  return { accountId, displayName: '压测居民', role: 'resident', institutionCode: null };
}

async function fillSchedules(client: pg.Client, schedules: World['steady']): Promise<void> {
  const columns = <Value>(read: (schedule: World['steady'][number]) => Value) => schedules.map(read);
  await insert(
    client,
    'schedules',
    ['text', 'text', 'text', 'text', 'text', 'timestamptz'],
    [
      columns(({ institutionCode }) => institutionCode),
      columns(({ scheduleId }) => scheduleId),
      columns(({ details }) => details.departmentCode),
      columns(({ details }) => details.doctorCode),
      columns(({ details }) => details.date),
      columns(() => new Date(0).toISOString()),
    ],
  );
  const slots = schedules.flatMap(({ institutionCode, scheduleId, details }) =>
    details.intervals.flatMap(({ start, end, slots: all }) =>
      all.map(({ slotId, tier }) => ({ institutionCode, scheduleId, slotId, start, end, tier })),
    ),
  );
  await insert(
    client,
    'slots',
    ['text', 'text', 'text', 'text', 'text', 'text'],
    [
      slots.map(({ institutionCode }) => institutionCode),
      slots.map(({ scheduleId }) => scheduleId),
      slots.map(({ slotId }) => slotId),
      slots.map(({ start }) => start),
      slots.map(({ end }) => end),
      slots.map(({ tier }) => tier),
    ],
  );
}

/** Rows given column by column. */
async function insert(
  client: pg.Client,
  into: string,
  types: readonly string[],
  columns: readonly (readonly unknown[])[],
): Promise<void> {
  const parameters = types.map((type, index) => `$${index + 1}::${type}[]`).join(', ');
  await client.query(`INSERT INTO ${into} SELECT * FROM unnest(${parameters})`, [...columns]);
}
