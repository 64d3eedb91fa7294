import 'reflect-metadata';
import { readFile } from 'node:fs/promises';
import { Body, Controller, type DynamicModule, Global, Inject, Module, Post, Req, Res } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Book, type BookingResult, bookSchema } from '@qingpu/contracts/http/slots';
import { AuditLog } from '@qingpu/crypto/audit-log';
import { loadMasterKeys } from '@qingpu/crypto/master-key-file';
import { EnvelopeSealer } from '@qingpu/crypto/sealer';
import { SoftwareProvider } from '@qingpu/crypto/software-provider';
import { systemClock } from '@qingpu/domains-kernel/clock';
import { AccessGuard, ForSignedIn } from '@qingpu/server/access/access.guard';
import { Sessions } from '@qingpu/server/access/session-store';
import { readConfiguration } from '@qingpu/server/config';
import { fastifyOptions, installHooks } from '@qingpu/server/http/fastify-hooks';
import { ProblemFilter } from '@qingpu/server/http/problem.filter';
import { validationPipe } from '@qingpu/server/http/validation';
import { envelopeOf } from '@qingpu/server/institutions/envelopes';
import { loggerOptions } from '@qingpu/server/operations/logging';
import { Metrics } from '@qingpu/server/operations/metrics';
import type { Platform } from '@qingpu/server/platform';
import { PLATFORM } from '@qingpu/server/tokens';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Logger, LoggerModule } from 'nestjs-pino';
import pg from 'pg';
import type { World } from '../world.ts';
import { bookInTransaction } from './booking-transaction.ts';
import { fillDatabase } from './fill.ts';
import { OutboxRelay } from './outbox-relay.ts';
import { PostgresCluster } from './postgres.ts';
import { PostgresSessions } from './postgres-sessions.ts';

/*
 * What a team would write instead: the platform's own HTTP layer — hooks, guard, sessions, schema checks, problems,
 * audit on disk — in front of one transaction in PostgreSQL. Command line: world file, folder.
 */

const POOL = Symbol('Pool');
/** Two for each core and some for those that wait for the disk. */
const CONNECTIONS = 20;

@Controller('api/slots/bookings')
@ForSignedIn()
class BaselineBookingsController {
  constructor(
    @Inject(PLATFORM) private readonly platform: Platform,
    @Inject(POOL) private readonly pool: pg.Pool,
  ) {}

  @Post()
  async book(
    @Body({ schema: bookSchema }) body: Book,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BookingResult> {
    const result = await bookInTransaction(this.pool, body, envelopeOf(this.platform, request, body));
    reply.status(201);
    return result;
  }
}

@Global()
@Module({})
class PortsModule {}

@Module({})
class BaselineModule {}

const [worldFile = '', folder = '', masterKeysFile = ''] = process.argv.slice(2);
const world = JSON.parse(await readFile(worldFile, 'utf8')) as World;
const configuration = readConfiguration({ ...process.env, QINGPU_DATA: folder });
const provider = new SoftwareProvider(await loadMasterKeys(masterKeysFile));
// Nothing is sealed here: only fingerprints are asked for.
const sealer = await EnvelopeSealer.create({ provider, store: undefined as never });
const cluster = await PostgresCluster.start(`${folder}/postgres`);
await fillDatabase(cluster.connection, world, sealer);
const pool = new pg.Pool({ ...cluster.connection, max: CONNECTIONS });
const relay = new OutboxRelay(pool);

// What guard, hooks and filter ask of the platform, and no more.
const platform = {
  clock: systemClock,
  sealer,
  audit: await AuditLog.open({ folder: configuration.auditFolder, provider }),
  sessions: new Sessions(new PostgresSessions(pool), (purpose, content) =>
    sealer.fingerprint(purpose, content),
  ),
} satisfies Partial<Platform> as unknown as Platform;

const shared = [
  { provide: PLATFORM, useValue: platform },
  { provide: POOL, useValue: pool },
];
const ports: DynamicModule = { module: PortsModule, providers: shared, exports: shared };
const root: DynamicModule = {
  module: BaselineModule,
  imports: [ports, LoggerModule.forRoot(loggerOptions(configuration))],
  controllers: [BaselineBookingsController],
  providers: [
    { provide: APP_FILTER, useClass: ProblemFilter },
    { provide: APP_GUARD, useClass: AccessGuard },
    { provide: APP_PIPE, useValue: validationPipe },
  ],
};
const app = await NestFactory.create<NestFastifyApplication>(
  root,
  new FastifyAdapter(fastifyOptions(configuration)),
  { bufferLogs: true, bodyParser: false, rawBody: true },
);
app.useLogger(app.get(Logger));
await installHooks(app, platform, configuration, new Metrics());
await app.listen(0, '127.0.0.1');
relay.start();
process.stdout.write(`baseline with PostgreSQL ${cluster.pid} at ${await app.getUrl()}\n`);

process.on('SIGTERM', () => {
  void stop().then(() => process.exit(0));
});

async function stop(): Promise<void> {
  await app.close();
  await relay.stop();
  await platform.audit.close();
  await pool.end();
  await cluster.stop();
  await provider.close();
}
