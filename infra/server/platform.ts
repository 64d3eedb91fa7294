import type { Coordination } from '@qingpu/coordination/coordination';
import { openCoordination } from '@qingpu/coordination/open';
import { AuditLog } from '@qingpu/crypto/audit-log';
import { AuditReader } from '@qingpu/crypto/audit-reader';
import { loadMasterKeys, loadOrCreateMasterKeys } from '@qingpu/crypto/master-key-file';
import { EnvelopeSealer } from '@qingpu/crypto/sealer';
import { SoftwareProvider } from '@qingpu/crypto/software-provider';
import { MongoCheckpoints } from '@qingpu/document-store/mongo-checkpoints';
import { MongoCommandLedger } from '@qingpu/document-store/mongo-command-ledger';
import { connectMongo } from '@qingpu/document-store/mongo-connection';
import { MongoDataKeyStore } from '@qingpu/document-store/mongo-data-key-store';
import { MongoExpiringDocuments } from '@qingpu/document-store/mongo-expiring-documents';
import { MongoViewStore } from '@qingpu/document-store/mongo-view-store';
import { type Clock, systemClock } from '@qingpu/domains-kernel/clock';
import type { CommandHandlingPorts } from '@qingpu/domains-kernel/command-handling';
import { RecentStreams } from '@qingpu/domains-kernel/recent-streams';
import type { PaymentGateway } from '@qingpu/domains-payments/ports';
import type { IdentityRegister } from '@qingpu/domains-residents/ports';
import { EventStoreEventLog } from '@qingpu/event-store/event-store-event-log';
import { EventStoreSubscription } from '@qingpu/event-store/event-store-subscription';
import { deliveryWorklistView } from '@qingpu/read-models-delivery-worklist/view';
import { InstitutionDirectory } from '@qingpu/read-models-institution-directory/queries';
import { institutionDirectoryView } from '@qingpu/read-models-institution-directory/view';
import { ProgressBoard } from '@qingpu/read-models-kernel/progress-board';
import { ViewReader } from '@qingpu/read-models-kernel/view-reader';
import { Residents } from '@qingpu/read-models-residents/queries';
import { residentsView } from '@qingpu/read-models-residents/view';
import type { ChannelPartners } from './access/channel-partners.ts';
import type { HostApps } from './access/host-apps.ts';
import type { IdentityProvider } from './access/identity-provider.ts';
import type { Signer } from './access/partner-signature.ts';
import type { Partners } from './access/partners.ts';
import { type Entrance, PortalTickets } from './access/portal-tickets.ts';
import { type SessionAccount, Sessions } from './access/session-store.ts';
import type { Configuration } from './config.ts';
import type { Engines } from './embedded-engines.ts';
import type { ChannelsAddress } from './operations/channel-gateway.ts';
import type { CreditAddress } from './operations/credit-gateway.ts';
import { AccessLog } from './residents/access-log.ts';
import { PeopleDirectory } from './residents/people-directory.ts';

/** Everything the host's parts share: the adapters of all ports, opened once. */
export interface Platform {
  readonly clock: Clock;
  readonly log: EventStoreEventLog;
  readonly subscription: EventStoreSubscription;
  readonly ledger: MongoCommandLedger;
  readonly commandHandling: CommandHandlingPorts;
  readonly checkpoints: MongoCheckpoints;
  readonly board: ProgressBoard;
  readonly views: MongoViewStore;
  readonly sealer: EnvelopeSealer;
  readonly audit: AuditLog;
  readonly accessLog: AccessLog;
  readonly sessions: Sessions;
  readonly sessionStore: MongoExpiringDocuments<SessionAccount>;
  readonly nonces: MongoExpiringDocuments<true>;
  readonly coordination: Coordination;
  /** Whether this address may try to sign in once more this minute. @throws CoordinationUnavailable */
  readonly maySignIn: (address: string) => Promise<boolean>;
  readonly secureCookies: boolean;
  readonly partners: Partners;
  readonly channelPartners: ChannelPartners;
  readonly hostApps: HostApps;
  readonly portalTickets: PortalTickets;
  readonly ticketStore: MongoExpiringDocuments<Entrance | null>;
  /** Where people reach the platform. */
  readonly publicUrl: () => string;
  readonly identities: IdentityProvider;
  readonly identityRegister: IdentityRegister;
  readonly channels: ChannelsAddress | undefined;
  readonly credit: CreditAddress | undefined;
  readonly payments: PaymentGateway;
  /** Who signs what the payment gateway reports; undefined while none is connected. */
  readonly paymentSigner: Signer | undefined;
  readonly directory: InstitutionDirectory;
  readonly residents: Residents;
  readonly people: PeopleDirectory;
  readonly worklist: ViewReader;
  close(): Promise<void>;
}

export interface PlatformParts {
  readonly configuration: Configuration;
  readonly engines: Engines;
  readonly partners: Partners;
  readonly channelPartners: ChannelPartners;
  readonly hostApps: HostApps;
  readonly publicUrl: () => string;
  readonly identities: IdentityProvider;
  readonly identityRegister: IdentityRegister;
  readonly channels: ChannelsAddress | undefined;
  readonly credit: CreditAddress | undefined;
  readonly payments: PaymentGateway;
  readonly paymentSigner: Signer | undefined;
}

/** Opens all adapters; on failure everything opened so far is left to the process's end. */
export async function openPlatform({
  configuration,
  engines,
  partners,
  channelPartners,
  hostApps,
  publicUrl,
  identities,
  identityRegister,
  channels,
  credit,
  payments,
  paymentSigner,
}: PlatformParts): Promise<Platform> {
  const clock = systemClock;
  const { client, db } = await connectMongo(engines.documentStoreUrl, configuration.database);
  const log = EventStoreEventLog.open(engines.eventStoreUrl);
  const subscription = new EventStoreSubscription(engines.eventStoreUrl);
  const provider = new SoftwareProvider(await masterKeys(configuration));
  const sealer = await EnvelopeSealer.create({ provider, store: new MongoDataKeyStore(db) });
  const audit = await AuditLog.open({ folder: configuration.auditFolder, provider, clock });
  const ledger = new MongoCommandLedger(db);
  const checkpoints = new MongoCheckpoints(db);
  const views = new MongoViewStore(db);
  const sessionStore = new MongoExpiringDocuments<SessionAccount>(db, 'sessions');
  const nonces = new MongoExpiringDocuments<true>(db, 'partner_nonces');
  const ticketStore = new MongoExpiringDocuments<Entrance | null>(db, 'portal_tickets');
  const fingerprint = (purpose: string, content: unknown) => sealer.fingerprint(purpose, content);
  const expiring = [sessionStore, nonces, ticketStore];
  await Promise.all([ledger, ...expiring].map((each) => each.prepare()));

  const coordination = await openCoordination({ redisUrl: configuration.redisUrl, prefix: 'qingpu' });
  const board = new ProgressBoard();
  const head = () => subscription.headPosition();
  const residents = new Residents(new ViewReader(residentsView, views, checkpoints, head, { board }));
  return {
    clock,
    log,
    subscription,
    ledger,
    checkpoints,
    board,
    views,
    sealer,
    audit,
    accessLog: new AccessLog(new AuditReader({ folder: configuration.auditFolder, provider }), views),
    sessionStore,
    nonces,
    partners,
    channelPartners,
    identities,
    identityRegister,
    channels,
    credit,
    payments,
    paymentSigner,
    residents,
    people: new PeopleDirectory({ log, sealer, residents }),
    commandHandling: { log, ledger, clock, recent: new RecentStreams() },
    sessions: new Sessions(sessionStore, fingerprint),
    hostApps,
    publicUrl,
    portalTickets: new PortalTickets(ticketStore, fingerprint),
    ticketStore,
    coordination,
    maySignIn: async (address) => {
      const rate = { limit: configuration.signInsPerMinute, windowMs: 60_000 };
      return (await coordination.limits.take(sealer.fingerprint('sign-in-address', address), rate)).allowed;
    },
    secureCookies: configuration.publicUrl?.startsWith('https:') ?? false,
    directory: new InstitutionDirectory(
      new ViewReader(institutionDirectoryView, views, checkpoints, head, { board }),
    ),
    worklist: new ViewReader(deliveryWorklistView, views, checkpoints, head, { board }),
    close: async () => {
      await audit.close();
      await Promise.all([log.close(), subscription.close()]);
      await coordination.close();
      await client.close();
      await provider.close();
    },
  };
}

/** With embedded engines the keys are made at the first start; beside real servers they must be there. */
function masterKeys({ eventStoreUrl, masterKeysFile }: Configuration) {
  return eventStoreUrl === undefined
    ? loadOrCreateMasterKeys(masterKeysFile)
    : loadMasterKeys(masterKeysFile);
}
