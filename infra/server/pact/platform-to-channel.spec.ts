import {
  type BookingNoticePayload,
  noticeWords,
  SERVICE_CHANNELS,
} from '@qingpu/contracts/partners/channel/booking-notice';
import { systemClock } from '@qingpu/domains-kernel/clock';
import { DeliveryFault } from '@qingpu/runtime/delivery-worker';
import { type ChannelSimulator, startChannelSimulator } from '@qingpu/simulators/channel-simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deliverToChannels } from '../operations/channel-gateway.ts';
import { openPeople } from '../testing/open-people.ts';
import { DeliveryPact, refused, taken } from './delivery-pact.ts';
import { down, holdToPact } from './hold-to-pact.ts';
import { CHANNELS, emptyPactFile, PLATFORM } from './pact-file.ts';

/*
 * The platform is the consumer of the service channels' gateway (F2.03, F3.09). First its real gateway writes down what
 * it sends and needs; then the channel simulator is held to it, as the channels' own system would be.
 */

const PATH = '/qingpu/v1/booking-notices';
const secret = 'the secret of the service channels';
const personId = '00000000-0000-4000-8000-000000000001';
const people = openPeople({
  [personId]: {
    name: '王小明',
    identityKind: '01',
    identityNumber: '310000198001015015',
    sex: '1',
    birthDate: '1980-01-01',
    mobile: '19900000000',
  },
});
const NAMES = { institution: '青浦示例医院', department: '内科', doctor: '张三' };
const names = {
  institution: async () => NAMES.institution,
  departments: async () => new Map([['K03', NAMES.department]]),
  doctor: async () => NAMES.doctor,
};
const file = emptyPactFile(PLATFORM, CHANNELS, 'channel/pacts');
const pact = new DeliveryPact(file, CHANNELS);

const of = (number: number) => ({
  deliveryId: `5b1d6e1c-6a0f-5c7e-9a43-${String(number).padStart(12, '0')}`,
  institutionCode: 'DUMMY001831011811A1001',
  scheduleId: 'P20261201A',
  at: '2026-11-24T08:00:00.000+08:00',
});
const visit = { date: '2026-12-01', start: '08:00', end: '08:15', departmentCode: 'K03', doctorCode: 'D001' };
const ofVisit = { orderNumber: 'QP0123456789ABCDEF', channel: 'districtPortal', personId, visit } as const;

/** Every occasion for a notice, as it waits to be delivered. */
const NOTICES: readonly BookingNoticePayload[] = [
  { ...of(1), occasion: 'booked', ...ofVisit },
  { ...of(2), occasion: 'reminder', ...ofVisit, visit: { ...visit, departmentCode: null, doctorCode: null } },
  { ...of(3), occasion: 'cancelled', orderNumber: 'QP0123456789ABCDEF', personId },
  { ...of(4), occasion: 'calledOff', orderNumber: 'QP0123456789ABCDEF', personId },
  { ...of(5), occasion: 'slotsAdded', slotIds: ['N21'], doctorCode: null },
  { ...of(6), occasion: 'slotsWithdrawn', slotIds: ['N01'], doctorCode: null },
  { ...of(7), occasion: 'suspended', slotIds: ['N01', 'N02'], doctorCode: null },
  { ...of(8), occasion: 'suspensionRevoked', slotIds: ['N01', 'N02'], doctorCode: null },
  { ...of(9), occasion: 'substituted', slotIds: [], doctorCode: 'D002' },
  { ...of(10), occasion: 'notConfirmed', orderNumber: 'QP0123456789ABCDEF', personId },
];
const again: BookingNoticePayload = { ...of(20), occasion: 'cancelled', orderNumber: 'QP1', personId };

/** As it arrives. */
function contentOf(notice: BookingNoticePayload) {
  const words = noticeWords(notice, namesFor(notice));
  if (!('personId' in notice)) return { ...notice, words };
  const { personId: _personId, ...rest } = notice;
  return { ...rest, person: { maskedName: '王**', mobile: '19900000000' }, words };
}

function namesFor(notice: BookingNoticePayload) {
  const named = 'visit' in notice ? notice.visit : { departmentCode: null, doctorCode: null };
  const substitute = notice.occasion === 'substituted' ? NAMES.doctor : null;
  return {
    institution: NAMES.institution,
    department: named.departmentCode && NAMES.department,
    doctor: substitute ?? (named.doctorCode && NAMES.doctor),
  };
}

function deliver(payload: BookingNoticePayload, url: string): Promise<void> {
  const { deliveryId } = payload;
  const delivery = { deliveryId, kind: 'booking-notice', recipient: SERVICE_CHANNELS, payload, attempt: 1 };
  const parts = { channels: { url, secret }, people, names, clock: systemClock };
  return deliverToChannels(parts, delivery, AbortSignal.timeout(5_000));
}

type Given = Parameters<DeliveryPact['promised']>[0]['given'];
const promised = (
  description: string,
  given: Given,
  notice: BookingNoticePayload,
  answer = taken(notice) as { readonly status: number; readonly body: object },
) => {
  const content = contentOf(notice);
  const call = { description, given, path: PATH, partnerId: SERVICE_CHANNELS, content, answer };
  return pact.promised(call, (url) => deliver(notice, url));
};
const ready: Given = ['the channels take notices', {}];

describe('what the platform needs of the service channels', () => {
  it.each(NOTICES.map((notice) => [notice.occasion, notice] as const))(
    'is told that a notice has arrived: %s',
    async (occasion, notice) => {
      await promised(`a notice of the occasion ${occasion}`, ready, notice);
    },
  );

  it('is told the same when it has to send a notice again', async () => {
    await promised('a notice that arrived before', ['the notice arrived before', { notice: again }], again);
  });

  it('is refused under a signature that is not its own', async () => {
    const given: Given = ['the platform signs under a wrong secret', {}];
    const notice = { ...again, ...of(21) };
    const refusal = await promised('a notice under a wrong signature', given, notice, refused(401));
    expect(refusal).toEqual(new DeliveryFault('status-401'));
  });

  it('is told when the channels cannot take notices just now', async () => {
    const notice = { ...again, ...of(22) };
    const given: Given = ['the channels are down', {}];
    const refusal = await promised('a notice while the channels are down', given, notice, refused(503));
    expect(refusal).toEqual(new DeliveryFault('status-503'));
  });
});

describe('the service channels', () => {
  let simulator: ChannelSimulator;

  beforeAll(async () => {
    simulator = await startChannelSimulator({ secret });
  });
  afterAll(() => simulator?.close());

  it('keep the pact', async () => {
    await holdToPact({
      provider: CHANNELS,
      url: simulator.url,
      file,
      promises: pact.promises,
      signer: { partnerId: SERVICE_CHANNELS, secret },
      states: {
        'the channels take notices': async () => undefined,
        'the notice arrived before': async (parameters) => {
          const { notice } = parameters as { readonly notice?: BookingNoticePayload };
          if (!notice) throw new Error('the state names no notice');
          await deliver(notice, simulator.url);
        },
        'the channels are down': down(simulator),
      },
    });
    const occasions = simulator.notices().map(({ content }) => content.occasion);
    expect(occasions.toSorted()).toEqual(
      [...NOTICES.map(({ occasion }) => occasion), again.occasion].toSorted(),
    );
  });
});
