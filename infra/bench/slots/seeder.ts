import { randomUUID } from 'node:crypto';
import { loadOrCreateMasterKeys } from '@qingpu/crypto/master-key-file';
import { EnvelopeSealer } from '@qingpu/crypto/sealer';
import { SoftwareProvider } from '@qingpu/crypto/software-provider';
import { forEachConcurrently } from '@qingpu/data/concurrency';
import { type SyntheticResident, syntheticResident, USUAL_RESIDENTS } from '@qingpu/data/residents';
import { connectMongo } from '@qingpu/document-store/mongo-connection';
import { MongoDataKeyStore } from '@qingpu/document-store/mongo-data-key-store';
import { MongoExpiringDocuments } from '@qingpu/document-store/mongo-expiring-documents';
import { systemClock } from '@qingpu/domains-kernel/clock';
import { FakeCommandLedger } from '@qingpu/domains-kernel/testing/fake-command-ledger';
import { contentOf } from '@qingpu/domains-residents/personal-data';
import { Registration } from '@qingpu/domains-residents/registration';
import { EventStoreEventLog } from '@qingpu/event-store/event-store-event-log';
import { type SessionAccount, Sessions } from '@qingpu/server/access/session-store';
import { readConfiguration } from '@qingpu/server/config';
import { startEngines } from '@qingpu/server/embedded-engines';
import { FreshStreams } from './fresh-streams.ts';
import type { BenchResident } from './world.ts';

const AT_ONCE = 64;
/** Born before this day, nobody needs a guardian. */
const GROWN_UP_BORN_BEFORE = '2006-01-01';

/**
 * Registers and signs in so many residents in the data folder of a platform that does not run: through the context's
 * own registration and the host's own sessions, with a register that knows everybody. Over HTTP it would take minutes.
 */
export async function seedResidents(dataFolder: string, count: number): Promise<BenchResident[]> {
  const configuration = readConfiguration({ QINGPU_DATA: dataFolder });
  const engines = await startEngines(configuration);
  const { client, db } = await connectMongo(engines.documentStoreUrl, configuration.database);
  const log = EventStoreEventLog.open(engines.eventStoreUrl);
  const provider = new SoftwareProvider(await loadOrCreateMasterKeys(configuration.masterKeysFile));
  try {
    const sealer = await EnvelopeSealer.create({ provider, store: new MongoDataKeyStore(db) });
    const registration = new Registration({
      // Nobody sends these commands twice, so that nothing needs to be remembered of them.
      handling: { log: new FreshStreams(log), ledger: new FakeCommandLedger(), clock: systemClock },
      sealer,
      register: { check: async () => ({ result: 'verified', reference: 'bench' }) },
      ids: { next: () => randomUUID() },
    });
    const sessions = new Sessions(
      new MongoExpiringDocuments<SessionAccount>(db, 'sessions'),
      (purpose, content) => sealer.fingerprint(purpose, content),
    );
    const residents: BenchResident[] = [];
    const people = grownUps(count).map((person, index) => ({ person, accountId: `bench-${index + 1}` }));
    await forEachConcurrently(people, AT_ONCE, undefined, async ({ person, accountId }) => {
      residents.push(await register(accountId, person, registration, sessions));
    });
    return residents;
  } finally {
    await log.close();
    await client.close();
    await provider.close();
    await engines.stop();
  }
}

async function register(
  accountId: string,
  person: SyntheticResident,
  registration: Registration,
  sessions: Sessions,
): Promise<BenchResident> {
  const commandId = randomUUID();
  const { personId } = await registration.forAccount({ type: 'BindAccount', accountId }, contentOf(person), {
    commandId,
    bodyHmac: commandId,
    actor: { kind: 'resident', id: accountId },
    correlationId: commandId,
    causationId: commandId,
  });
  const account = { accountId, displayName: '压测居民', role: 'resident', institutionCode: null } as const;
  const { token, csrfToken } = await sessions.open(account, Date.now());
  return { accountId, personId, token, csrfToken };
}

/** Others than those behind the development accounts. */
function grownUps(count: number): SyntheticResident[] {
  const found: SyntheticResident[] = [];
  for (let index = USUAL_RESIDENTS; found.length < count; index++) {
    const resident = syntheticResident(index);
    if (resident.birthDate < GROWN_UP_BORN_BEFORE) found.push(resident);
  }
  return found;
}
