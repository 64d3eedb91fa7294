import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { syntheticDistrict } from './district.ts';
import { DistrictRefused, type LoadProgress, loadDistrict } from './load.ts';
import { generatePartners } from './partners.ts';
import { FakePartnerApi } from './testing/fake-partner-api.ts';

const partners = generatePartners(randomBytes);
const entryCount = syntheticDistrict()
  .flatMap(({ entries }) => Object.values(entries))
  .reduce((sum, entries) => sum + entries.length, 0);

let api: FakePartnerApi;
let baseUrl: string;

beforeEach(async () => {
  api = new FakePartnerApi(partners);
  baseUrl = await api.start();
});

afterEach(async () => {
  vi.useRealTimers();
  await api.stop();
});

describe('loading the district', () => {
  it('registers everything through signed requests, at most four at once', async () => {
    const progress: LoadProgress[] = [];
    const summary = await loadDistrict({ baseUrl, partners, onProgress: (step) => progress.push(step) });

    expect(summary).toMatchObject({ registered: entryCount, changed: 0, unchanged: 0 });
    expect(summary.position).toBe(String(entryCount));
    expect(api.entries.size).toBe(entryCount);
    expect(api.mostAtOnce).toBeLessThanOrEqual(4);
    expect(progress.at(-1)).toMatchObject({ done: entryCount, total: entryCount });
  });

  it('changes nothing when it runs again, even with other batches', async () => {
    await loadDistrict({ baseUrl, partners });
    const before = [...api.entries];
    await loadDistrict({ baseUrl, partners });
    const summary = await loadDistrict({ baseUrl, partners, batchSize: 7, edition: '2' });

    expect(summary).toMatchObject({ registered: 0, changed: 0, unchanged: entryCount });
    expect([...api.entries]).toEqual(before);
  });

  it('files no new rule version on a later day', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-23T15:59:00Z') });
    await loadDistrict({ baseUrl, partners });
    const filed = api.filings;
    vi.setSystemTime(new Date('2026-11-23T16:01:00Z'));
    await loadDistrict({ baseUrl, partners });

    expect(filed).toBe(syntheticDistrict().flatMap(({ entries }) => entries.bookingRule).length);
    expect(api.filings).toBe(filed);
    const rule = [...api.entries].find(([address]) => address.startsWith('bookingRule'));
    expect(rule?.[1].details).toMatchObject({ effectiveFrom: '2026-11-23' });
  });

  it('adds what a larger scale adds and leaves the rest alone', async () => {
    await loadDistrict({ baseUrl, partners });
    const summary = await loadDistrict({ baseUrl, partners, scale: 700, batchSize: 50 });

    expect(summary.changed).toBe(0);
    expect(summary.registered).toBeGreaterThan(364);
    const doctors = [...api.entries.keys()].filter((address) => address.startsWith('doctor'));
    expect(doctors).toHaveLength(700);
  });

  it('tries again when the platform is busy for a while', async () => {
    api.failures.push(503, 429, 500, 502);
    const summary = await loadDistrict({ baseUrl, partners, firstPauseMs: 1 });

    expect(summary.registered).toBe(entryCount);
  });
});

describe('when the platform does not take the district', () => {
  it('names the refused entries and stops the other institutions', async () => {
    api.refusedCodes.add('DR00002');
    const failure = await loadDistrict({ baseUrl, partners }).catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(DistrictRefused);
    expect(String(failure)).toMatch(/refused 1 entries of .+: doctor DR00002: refused-by-test/);
    expect(api.entries.size).toBeLessThan(entryCount);
  });

  it('says so when a secret is wrong', async () => {
    const wrong = partners.map((partner) => ({ ...partner, secret: 'not-the-secret-of-anybody' }));
    await expect(loadDistrict({ baseUrl, partners: wrong })).rejects.toThrow(/401 signature-wrong/);
    expect(api.entries.size).toBe(0);
  });

  it('gives up after a bounded number of attempts', async () => {
    api.failures.push(...Array.from({ length: 100 }, () => 503));
    const loading = loadDistrict({ baseUrl, partners, attempts: 3, firstPauseMs: 1 });

    await expect(loading).rejects.toThrow(/no usable answer in 3 attempts; the last one: status 503/);
    expect(api.requests).toBeLessThanOrEqual(12);
  });

  it('asks for every credential before it sends anything', async () => {
    await expect(loadDistrict({ baseUrl, partners: partners.slice(1) })).rejects.toThrow(
      /no partner credential for 复旦大学附属中山医院青浦分院/,
    );
    expect(api.requests).toBe(0);
  });

  it('stops when it is told to', async () => {
    const stop = new AbortController();
    const loading = loadDistrict({
      baseUrl,
      partners,
      signal: stop.signal,
      onProgress: () => stop.abort(new Error('stopped by hand')),
    });

    await expect(loading).rejects.toThrow('stopped by hand');
    expect(api.entries.size).toBeLessThan(entryCount);
  });
});
