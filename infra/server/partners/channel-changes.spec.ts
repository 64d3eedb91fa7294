import type { Change } from '@qingpu/contracts/partners/booking-platform/pool';
import { syntheticResident } from '@qingpu/data/residents';
import { BookingPlatformSimulator } from '@qingpu/simulators/booking-platform-simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PartnerClient } from '../testing/api-client.ts';
import { sampleSchedule } from '../testing/booking-resident.ts';
import { partnerOf } from '../testing/data-folder.ts';
import { startTestHost, type TestHost } from '../testing/host-in-process.ts';
import { registerHospital } from '../testing/sample-hospital.ts';

let host: TestHost;
let hospital: PartnerClient;
let institutionCode: string;

beforeAll(async () => {
  host = await startTestHost();
  hospital = new PartnerClient(host.url, partnerOf(host, '朱家角人民医院'));
  institutionCode = hospital.partner.institutionCode;
  await registerHospital(hospital);
});
afterAll(() => host.close());

function platform(index = 0): BookingPlatformSimulator {
  const partner = host.bookingPlatforms[index];
  if (!partner) throw new Error('no such booking platform is connected');
  return new BookingPlatformSimulator({ baseUrl: host.url, partner });
}

async function register(scheduleId: string): Promise<void> {
  const answer = await hospital.post(
    '/api/partner/v1/schedules',
    sampleSchedule(institutionCode, scheduleId),
  );
  expect([answer.status, answer.text]).toEqual([201, expect.anything()]);
}

let people = 100;
function book(booker: BookingPlatformSimulator, scheduleId: string, start = '08:00') {
  people += 1;
  const { name, identityKind, identityNumber, mobile } = syntheticResident(people);
  const person = { name, identityKind, identityNumber, mobile } as never;
  return booker.book({ institutionCode, scheduleId, start, person });
}

describe('the feed of changes', () => {
  it('loses nothing to who follows it while everything happens at once, however small the pages', async () => {
    const [booker, follower] = [platform(), platform()];
    await follower.catchUp();
    const seen: Change[] = [];
    let busy = true;
    const following = (async () => {
      while (busy) seen.push(...(await follower.catchUp(2)));
    })();
    const work = Array.from({ length: 8 }, async (_none, index) => {
      const scheduleId = `F${index}`;
      await register(scheduleId);
      const order = await book(booker, scheduleId);
      if (index % 2 === 0) await booker.cancel(order.bookingId);
      return order;
    });
    const orders = await Promise.all(work);
    busy = false;
    await following;
    await settled(follower, seen);
    const late = platform();
    await late.catchUp(100);
    for (const { bookingId } of orders)
      expect(follower.mirror.orders.get(bookingId)).toEqual(late.mirror.orders.get(bookingId));
    for (const [index] of work.entries()) {
      const key = `${institutionCode} F${index}`;
      expect(follower.mirror.schedules.get(key)).toEqual(late.mirror.schedules.get(key));
    }
    const positions = seen.map(({ position }) => BigInt(position));
    expect(positions).toEqual([...positions].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
  });

  it('tells each platform of its own orders alone', async () => {
    await register('OWN');
    const [one, other] = [platform(0), platform(1)];
    const { bookingId } = await book(one, 'OWN');
    await settled(one, []);
    await settled(other, []);
    expect(one.mirror.orders.has(bookingId)).toBe(true);
    expect(other.mirror.orders.has(bookingId)).toBe(false);
    expect(other.mirror.schedules.has(`${institutionCode} OWN`)).toBe(true);
  });

  it('names nobody: persons are masked, and their ids stay inside', async () => {
    await register('MASKED');
    const booker = platform();
    const { bookingId } = await book(booker, 'MASKED');
    const person = syntheticResident(people);
    await settled(booker, []);
    const text = JSON.stringify(booker.mirror.orders.get(bookingId));
    expect(text).toContain('personName');
    for (const secret of [person.name, person.identityNumber, person.mobile ?? '-', 'personId'])
      expect(text).not.toContain(secret);
  });
});

/** Until the views have everything: two fetches in a row bring nothing. */
async function settled(follower: BookingPlatformSimulator, seen: Change[]): Promise<void> {
  for (let quiet = 0; quiet < 3; ) {
    const more = await follower.catchUp(2);
    seen.push(...more);
    quiet = more.length === 0 ? quiet + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
