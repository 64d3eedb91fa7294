import { expect, it } from 'vitest';
import { ConfigurationError, readConfiguration } from './config.ts';

const REAL_SERVERS = {
  EVENTSTORE_URL: 'esdb://stores.example:2113',
  MONGODB_URL: 'mongodb://stores.example:27017',
  QINGPU_MASTER_KEYS: '/etc/qingpu/master-keys.json',
};
const REDIS_URL = 'redis://stores.example:6379';

it.each(['api', 'projector', 'api,projector,process-manager'])(
  'refuses to run only %s without real servers and Redis, which alone its sisters could share with it',
  (roles) => {
    const split = { QINGPU_ROLES: roles };
    for (const environment of [split, { ...split, REDIS_URL }, { ...split, ...REAL_SERVERS }]) {
      expect(() => readConfiguration(environment)).toThrow(ConfigurationError);
      expect(() => readConfiguration(environment)).toThrow(/QINGPU_ROLES/);
    }
    const { roles: taken, redisUrl } = readConfiguration({ ...split, ...REAL_SERVERS, REDIS_URL });
    expect(taken).toEqual(roles.split(','));
    expect(redisUrl).toBe(REDIS_URL);
  },
);

it('runs every role in one process without Redis', () => {
  for (const environment of [{}, REAL_SERVERS, { QINGPU_ROLES: 'scheduler,process-manager,projector,api' }])
    expect(readConfiguration(environment).redisUrl).toBeUndefined();
});

it('takes the register of identities with its key, and neither without the other', () => {
  const url = { QINGPU_IDENTITY_REGISTER_URL: 'https://register.example' };
  const key = { QINGPU_IDENTITY_REGISTER_KEY: 'k'.repeat(16) };
  expect(readConfiguration({ ...url, ...key }).identityRegister).toEqual({
    url: 'https://register.example',
    apiKey: 'k'.repeat(16),
  });
  expect(readConfiguration({}).identityRegister).toBeUndefined();
  for (const half of [url, key]) expect(() => readConfiguration(half)).toThrow(/QINGPU_IDENTITY_REGISTER/);
  expect(() => readConfiguration({ ...url, QINGPU_IDENTITY_REGISTER_KEY: 'short' })).toThrow(
    ConfigurationError,
  );
});

it('takes the service channels with the file of their secret, and neither without the other', () => {
  const url = { QINGPU_SERVICE_CHANNELS_URL: 'https://channels.example' };
  const secret = { QINGPU_SERVICE_CHANNELS_SECRET: '/etc/qingpu/channels-secret' };
  expect(readConfiguration({ ...url, ...secret }).serviceChannels).toEqual({
    url: 'https://channels.example',
    secretFile: '/etc/qingpu/channels-secret',
  });
  expect(readConfiguration({}).serviceChannels).toBeUndefined();
  for (const half of [url, secret]) expect(() => readConfiguration(half)).toThrow(/QINGPU_SERVICE_CHANNELS/);
});

it('takes the payment gateway with the file of its secret, and neither without the other', () => {
  const url = { QINGPU_PAYMENT_GATEWAY_URL: 'https://payments.example' };
  const secret = { QINGPU_PAYMENT_GATEWAY_SECRET: '/etc/qingpu/payments-secret' };
  expect(readConfiguration({ ...url, ...secret }).paymentGateway).toEqual({
    url: 'https://payments.example',
    secretFile: '/etc/qingpu/payments-secret',
  });
  expect(readConfiguration({}).paymentGateway).toBeUndefined();
  for (const half of [url, secret]) expect(() => readConfiguration(half)).toThrow(/QINGPU_PAYMENT_GATEWAY/);
});
