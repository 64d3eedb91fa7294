import { join, resolve } from 'node:path';
import { z } from 'zod';

export const PROCESS_ROLES = ['api', 'projector', 'process-manager', 'scheduler'] as const;
export type ProcessRole = (typeof PROCESS_ROLES)[number];

/** The configuration is wrong; the message names every setting at fault and what it should be. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

const port = z.coerce.number().int().min(0).max(65_535);
const flag = z.enum(['true', 'false']).transform((value) => value === 'true');
const rolesSchema = z.string().transform((value, context): ProcessRole[] => {
  const roles = value.split(',').map((role) => role.trim());
  const unknown = roles.find((role) => !(PROCESS_ROLES as readonly string[]).includes(role));
  if (unknown !== undefined)
    context.addIssue({
      code: 'custom',
      message: `unknown role "${unknown}"; known are ${PROCESS_ROLES.join(', ')}`,
    });
  return roles as ProcessRole[];
});

const environmentSchema = z.object({
  QINGPU_HOST: z.string().default('127.0.0.1'),
  QINGPU_PORT: port.default(8080),
  /** Where people reach the platform; decides cookies and links. */
  QINGPU_PUBLIC_URL: z.url().optional(),
  QINGPU_ROLES: rolesSchema.default([...PROCESS_ROLES]),
  QINGPU_DATA: z.string().min(1).default('.data'),
  QINGPU_EVENT_STORE_PORT: port.default(0),
  QINGPU_DOCUMENT_STORE_PORT: port.default(0),
  EVENTSTORE_URL: z.string().startsWith('esdb').optional(),
  MONGODB_URL: z.string().startsWith('mongodb').optional(),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//)
    .optional(),
  MONGODB_DATABASE: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,38}$/)
    .default('qingpu'),
  QINGPU_MASTER_KEYS: z.string().optional(),
  QINGPU_PARTNERS: z.string().optional(),
  QINGPU_BOOKING_PLATFORMS: z.string().optional(),
  QINGPU_HOST_APPS: z.string().optional(),
  QINGPU_SYNTHETIC_DISTRICT: flag.optional(),
  QINGPU_SYNTHETIC_DAYS: z.coerce.number().int().min(0).max(60).default(15),
  QINGPU_DEVELOPMENT_SIGN_IN: flag.optional(),
  QINGPU_SIGN_IN_CODE: z.string().min(4).max(60).optional(),
  QINGPU_SIMULATORS: flag.optional(),
  QINGPU_IDENTITY_REGISTER_URL: z.url().optional(),
  QINGPU_IDENTITY_REGISTER_KEY: z.string().min(16).max(200).optional(),
  QINGPU_SERVICE_CHANNELS_URL: z.url().optional(),
  /** A file. */
  QINGPU_SERVICE_CHANNELS_SECRET: z.string().min(1).optional(),
  QINGPU_CREDIT_PLATFORM_URL: z.url().optional(),
  /** A file. */
  QINGPU_CREDIT_PLATFORM_SECRET: z.string().min(1).optional(),
  QINGPU_PAYMENT_GATEWAY_URL: z.url().optional(),
  /** A file. */
  QINGPU_PAYMENT_GATEWAY_SECRET: z.string().min(1).optional(),
  /** Networks whose X-Forwarded-For is believed, separated by blanks: `loopback`, addresses, CIDR blocks. */
  QINGPU_TRUSTED_PROXIES: z.string().default('loopback'),
  /** Apps that may embed the residents' portal, separated by blanks. */
  QINGPU_FRAME_ANCESTORS: z.string().default("'self'"),
  QINGPU_REQUESTS_PER_MINUTE: z.coerce.number().int().min(1).default(6_000),
  QINGPU_SIGN_INS_PER_MINUTE: z.coerce.number().int().min(1).max(1_000_000).default(30),
  QINGPU_LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  QINGPU_METRICS_TOKEN: z.string().min(16).optional(),
});

export interface Configuration {
  readonly host: string;
  readonly port: number;
  readonly publicUrl: string | undefined;
  readonly roles: readonly ProcessRole[];
  readonly dataFolder: string;
  readonly eventStoreUrl: string | undefined;
  readonly eventStorePort: number;
  readonly documentStoreUrl: string | undefined;
  readonly documentStorePort: number;
  readonly database: string;
  /** Coordination between processes; without it this must be the only one. */
  readonly redisUrl: string | undefined;
  readonly masterKeysFile: string;
  readonly partnersFile: string;
  /** Booking platforms that sell the district's slots; without the file there are none. */
  readonly channelPartnersFile: string;
  /** Apps that embed the portal and sign their residents in; without the file there are none. */
  readonly hostAppsFile: string;
  readonly auditFolder: string;
  /** Load the synthetic district at the first start. */
  readonly syntheticDistrict: boolean;
  /** For how many days from today on its hospitals send schedules at every start. */
  readonly syntheticDays: number;
  readonly developmentSignIn: boolean;
  readonly signInCode: string | undefined;
  readonly simulators: boolean;
  /** The national register of identities; without it nobody registers by real name. */
  readonly identityRegister: { readonly url: string; readonly apiKey: string } | undefined;
  /** The service channels' gateway; without it nobody is sent a message. */
  readonly serviceChannels: { readonly url: string; readonly secretFile: string } | undefined;
  /** The city's credit platform; without it upheld appeals are reported to nobody. */
  readonly creditPlatform: { readonly url: string; readonly secretFile: string } | undefined;
  /** The payment gateway; without it nobody registers online where a fee is due. */
  readonly paymentGateway: { readonly url: string; readonly secretFile: string } | undefined;
  readonly frameAncestors: readonly string[];
  readonly trustedProxies: readonly string[];
  readonly requestsPerMinute: number;
  readonly signInsPerMinute: number;
  readonly logLevel: string;
  readonly metricsToken: string | undefined;
}

/**
 * Reads the configuration from the environment.
 * Without EVENTSTORE_URL and MONGODB_URL the embedded engines run and the development conveniences are on;
 * with real servers every convenience is off unless it is asked for.
 * @throws ConfigurationError
 */
export function readConfiguration(environment: NodeJS.ProcessEnv): Configuration {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) {
    throw new ConfigurationError(
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('\n'),
    );
  }
  const set = parsed.data;
  if ((set.EVENTSTORE_URL === undefined) !== (set.MONGODB_URL === undefined)) {
    throw new ConfigurationError(
      'EVENTSTORE_URL and MONGODB_URL: set both for real servers, or neither for the embedded engines',
    );
  }
  const embedded = set.EVENTSTORE_URL === undefined;
  if (!embedded && set.QINGPU_MASTER_KEYS === undefined) {
    throw new ConfigurationError(
      'QINGPU_MASTER_KEYS: name the file of the master keys when real servers are used',
    );
  }
  const split = PROCESS_ROLES.some((role) => !set.QINGPU_ROLES.includes(role));
  if (split && (embedded || set.REDIS_URL === undefined)) {
    throw new ConfigurationError(
      'QINGPU_ROLES: split roles need real servers and REDIS_URL; without them one process does everything',
    );
  }
  const register = pairOf(set, 'QINGPU_IDENTITY_REGISTER_URL', 'QINGPU_IDENTITY_REGISTER_KEY');
  const channels = pairOf(set, 'QINGPU_SERVICE_CHANNELS_URL', 'QINGPU_SERVICE_CHANNELS_SECRET');
  const credit = pairOf(set, 'QINGPU_CREDIT_PLATFORM_URL', 'QINGPU_CREDIT_PLATFORM_SECRET');
  const payments = pairOf(set, 'QINGPU_PAYMENT_GATEWAY_URL', 'QINGPU_PAYMENT_GATEWAY_SECRET');
  const dataFolder = resolve(set.QINGPU_DATA);
  return {
    host: set.QINGPU_HOST,
    port: set.QINGPU_PORT,
    publicUrl: set.QINGPU_PUBLIC_URL,
    roles: set.QINGPU_ROLES,
    dataFolder,
    eventStoreUrl: set.EVENTSTORE_URL,
    eventStorePort: set.QINGPU_EVENT_STORE_PORT,
    documentStoreUrl: set.MONGODB_URL,
    documentStorePort: set.QINGPU_DOCUMENT_STORE_PORT,
    database: set.MONGODB_DATABASE,
    redisUrl: set.REDIS_URL,
    ...keyFilesOf(set, join(dataFolder, 'keys')),
    auditFolder: join(dataFolder, 'audit'),
    syntheticDistrict: set.QINGPU_SYNTHETIC_DISTRICT ?? embedded,
    syntheticDays: set.QINGPU_SYNTHETIC_DAYS,
    developmentSignIn: set.QINGPU_DEVELOPMENT_SIGN_IN ?? embedded,
    signInCode: set.QINGPU_SIGN_IN_CODE,
    simulators: set.QINGPU_SIMULATORS ?? embedded,
    identityRegister: register && { url: register[0], apiKey: register[1] },
    serviceChannels: channels && { url: channels[0], secretFile: channels[1] },
    creditPlatform: credit && { url: credit[0], secretFile: credit[1] },
    paymentGateway: payments && { url: payments[0], secretFile: payments[1] },
    frameAncestors: set.QINGPU_FRAME_ANCESTORS.split(/\s+/).filter(Boolean),
    trustedProxies: set.QINGPU_TRUSTED_PROXIES.split(/\s+/).filter(Boolean),
    requestsPerMinute: set.QINGPU_REQUESTS_PER_MINUTE,
    signInsPerMinute: set.QINGPU_SIGN_INS_PER_MINUTE,
    logLevel: set.QINGPU_LOG_LEVEL,
    metricsToken: set.QINGPU_METRICS_TOKEN,
  };
}

/** Where keys and secrets stand, unless they are named, in a folder of the data. */
function keyFilesOf(set: z.infer<typeof environmentSchema>, folder: string) {
  return {
    masterKeysFile: set.QINGPU_MASTER_KEYS ?? join(folder, 'master-keys.json'),
    partnersFile: set.QINGPU_PARTNERS ?? join(folder, 'partners.json'),
    channelPartnersFile: set.QINGPU_BOOKING_PLATFORMS ?? join(folder, 'booking-platforms.json'),
    hostAppsFile: set.QINGPU_HOST_APPS ?? join(folder, 'host-apps.json'),
  };
}

/** Two settings that belong together; undefined when neither is set. @throws ConfigurationError when one is missing */
function pairOf<Name extends string>(
  set: Readonly<Partial<Record<Name, string | undefined>>>,
  one: Name,
  other: Name,
): readonly [string, string] | undefined {
  const [first, second] = [set[one], set[other]];
  if ((first === undefined) !== (second === undefined))
    throw new ConfigurationError(`${one} and ${other}: set both, or neither`);
  return first === undefined || second === undefined ? undefined : [first, second];
}
