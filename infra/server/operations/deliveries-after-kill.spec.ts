import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChannelSimulator, startChannelSimulator } from '@qingpu/simulators/channel-simulator';
import { type HospitalSimulator, startHospitalSimulator } from '@qingpu/simulators/hospital-simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PartnerClient } from '../testing/api-client.ts';
import { BookingResident, registerSchedule, sampleSchedule } from '../testing/booking-resident.ts';
import { createDataFolder, type DataFolder, partnerOf } from '../testing/data-folder.ts';
import { type HostProcess, hostIsBuilt, startHostProcess } from '../testing/host-process.ts';
import { registerHospital } from '../testing/sample-hospital.ts';
import { SyntheticPeople } from '../testing/synthetic-people.ts';
import { until } from '../testing/until.ts';

const people = new SyntheticPeople();
let data: DataFolder;
let hospitals: HospitalSimulator;
let channels: ChannelSimulator;
let environment: Readonly<Record<string, string>>;
let host: HostProcess | undefined;

beforeAll(async () => {
  data = await createDataFolder();
  hospitals = await startHospitalSimulator({ partners: data.partners });
  const secret = randomBytes(32).toString('base64url');
  channels = await startChannelSimulator({ secret });
  const secretFile = join(data.folder, 'channels-secret');
  await writeFile(secretFile, secret, { mode: 0o600 });
  const partners = data.partners.map((partner) => ({ ...partner, callbackUrl: hospitals.url }));
  await writeFile(join(data.folder, 'partners.json'), JSON.stringify(partners), { mode: 0o600 });
  environment = {
    ...data.environment,
    QINGPU_SERVICE_CHANNELS_URL: channels.url,
    QINGPU_SERVICE_CHANNELS_SECRET: secretFile,
  };
  host = await startHostProcess(environment);
  await registerHospital(new PartnerClient(host.url, partnerOf(data, '中山医院')));
});

afterAll(async () => {
  await host?.end('SIGKILL');
  await Promise.all([hospitals?.close(), channels?.close()]);
  await rm(data.folder, { recursive: true });
});

/** When the host is killed, and how the receivers behave until then. Each costs the half minute of a lease. */
const MOMENTS = [
  { moment: 'at once after the bookings were answered', faults: undefined },
  {
    moment: 'after the hospital took an order and before its answer, with the channels down',
    faults: { hospitals: { kind: 'hang', recorded: true }, channels: { kind: 'status', status: 503 } },
  },
] as const;

const orderOf = (orderNumber: string) =>
  hospitals.orders().find((order) => order.orderNumber === orderNumber);
const occasionsOf = (wanted: string) =>
  channels
    .notices()
    .flatMap(({ content }) =>
      'orderNumber' in content && content.orderNumber === wanted ? [content.occasion] : [],
    );

/** One booking that is given up again, and one that is kept. */
async function bookTwice(url: string, number: number) {
  const hospital = new PartnerClient(url, partnerOf(data, '中山医院'));
  const schedule = sampleSchedule(hospital.partner.institutionCode, `S${number}`);
  await registerSchedule(hospital, schedule);
  const resident = await BookingResident.register(url, `newcomer-${number}`, people.grownUp());
  const given = await resident.book(schedule, { start: '08:15' });
  await resident.cancel(given);
  return { given: given.orderNumber, kept: (await resident.book(schedule)).orderNumber };
}

describe.skipIf(!hostIsBuilt)('a host that is killed (skipped until the host is built)', () => {
  it.each(MOMENTS)(
    '$moment, delivers each order once in effect, and in its turn',
    {
      timeout: 120_000,
    },
    async ({ moment, faults }) => {
      if (!host) throw new Error('no host is running');
      if (faults) {
        hospitals.setFault(faults.hospitals);
        channels.setFault(faults.channels);
      }
      const { given, kept } = await bookTwice(
        host.url,
        MOMENTS.findIndex((each) => each.moment === moment) + 1,
      );
      if (faults) await until('the hospital was asked', async () => (await waitingAt(hospitals.url)) > 0);
      await host.end('SIGKILL');
      hospitals.reset();
      channels.reset();
      host = await startHostProcess(environment);

      await until(
        'the hospital has both orders as they ended',
        async () => orderOf(given)?.state === 'cancelled' && orderOf(kept)?.state === 'booked',
      );
      expect(orderOf(given)?.messages.map(({ state, passedOver }) => [state, passedOver])).toEqual([
        ['booked', false],
        ['cancelled', false],
      ]);
      expect(orderOf(kept)?.messages).toHaveLength(1);
      await until('the channels have both notices', async () => occasionsOf(given).length === 2);
      expect(occasionsOf(given)).toEqual(['booked', 'cancelled']);
    },
  );
});

async function waitingAt(url: string): Promise<number> {
  const state: unknown = await (await fetch(`${url}/control/fault`)).json();
  return (state as { readonly waiting: number }).waiting;
}
